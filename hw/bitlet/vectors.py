"""Vectors: the activations of a layer's inputs and outputs."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.bitlet.commands import VectorCommands, VectorCommandsInterface
from zskip.hw.bitlet.interfaces import output_bits, readout, window_bits
from zskip.hw.common.halves import Halves, Part
from zskip.hw.common.readout import ReadoutInterface
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.model.bitlet.config import Config
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES, STREAM_BITS


class Vectors(wiring.Component):
    """Activation memory of two halves, which change roles between layers.

    An activation takes a place of 16 bits, or two, the low half first. The load stream writes
    half 0; the emitter reads the half of the outputs.

    Latency: one cycle from `commands.read` to the cycle from which on `commands.take` may come, one
    from there to `x`, which holds until the next one; one from `readout.read` to `shown`.
    Throughput: one beat read and one block of outputs written a cycle. Stall rule: a beat waits in
    the memory until it is taken, and none is read meanwhile; load, run and readout never come
    together.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    commands : In(VectorCommands)
        Commands of the control unit.
    w_source : In(WritePort)
        Writes four places of the network's input vector; between runs only.
    w_outputs : In(1)
        Write the next block of outputs.
    outputs : In(pe_count * 16 * places)
        The block, the first output in the lowest bits.
    readout : In(Readout)
        Commands of the emitter.
    group : In
        Which places of `readout.row`, as many as a stream word has lanes, are shown.
    x : Out(load_pairs * 16 * places)
        Activations of the beat, the first in the lowest bits; 0 behind the input vector.
    shown : Out
        Places that the emitter selects.
    """

    commands: VectorCommandsInterface
    w_source: WritePortInterface
    w_outputs: Signal
    outputs: Signal
    readout: ReadoutInterface
    group: Signal
    x: Signal
    shown: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        self.shown_lanes = min(LANES, config.pe_count)
        words = address_bits(config.vector_depth // LANES)
        super().__init__(
            {
                "commands": In(VectorCommands(config)),
                "w_source": In(WritePort(address_bits=words, data_bits=STREAM_BITS)),
                "w_outputs": In(1),
                "outputs": In(config.pe_count * output_bits(config)),
                "readout": In(readout(config)),
                "group": In(range(config.pe_count // self.shown_lanes)),
                "x": Out(window_bits(config)),
                "shown": Out(self.shown_lanes * ACTIVATION_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, lanes = self.config, self.config.vector_lanes
        m.submodules.halves = halves = Halves(lanes=lanes, rows=config.vector_depth // lanes)
        source = Part(self.w_source.address, LANES, lanes)
        place = Signal(range(config.vector_depth // self.shown_lanes))
        shown = Part(place, self.shown_lanes, lanes)
        m.d.comb += [
            place.eq(Cat(self.group, self.readout.row)),
            halves.half.eq(self.commands.half),
            halves.show.eq(self.readout.read),
            halves.show_row.eq(shown.row),
            halves.w_source.eq(Mux(self.w_source.en, source.enable, 0)),
            halves.source_row.eq(source.row),
            halves.source.eq(source.spread(self.w_source.data)),
            self.shown.eq(shown.taken(halves.outputs)),
        ]
        self._write(m, halves)
        self._read(m, halves)
        return m

    def _write(self, m: Module, halves: Halves) -> None:
        """Write a block of outputs, of one place each or of two."""
        config = self.config
        block = Signal(range(max(2, config.vector_depth // config.pe_count)))
        with m.If(self.w_outputs):
            m.d.sync += block.eq(block + 1)
        with m.If(self.commands.restart):
            m.d.sync += block.eq(0)
        for places in range(1, config.places + 1):
            part = Part(block, config.pe_count * places, config.vector_lanes)
            outputs = (
                self.outputs.word_select(number, output_bits(config))
                for number in range(config.pe_count)
            )
            kept = Cat(output[: places * ACTIVATION_BITS] for output in outputs)
            with m.If(self.commands.wide == places - 1 if config.places > 1 else 1):
                m.d.comb += [
                    halves.w_outputs.eq(Mux(self.w_outputs, part.enable, 0)),
                    halves.outputs_row.eq(part.row),
                    halves.given.eq(part.spread(kept)),
                ]

    def _read(self, m: Module, halves: Halves) -> None:
        """Read a beat, and register it with 0 in place of what lies behind the inputs."""
        config, commands = self.config, self.commands
        beat = Signal.like(commands.beat)
        with m.If(commands.read):
            m.d.sync += beat.eq(commands.beat)
        m.d.comb += halves.read.eq(commands.read)
        for places in range(1, config.places + 1):
            size = config.load_pairs * places
            row = Part(commands.beat, size, config.vector_lanes).row
            kept = self._kept(m, Part(beat, size, config.vector_lanes), halves.inputs)
            with m.If(commands.wide == places - 1 if config.places > 1 else 1):
                m.d.comb += halves.read_row.eq(row)
                with m.If(commands.take):
                    m.d.sync += self.x.eq(kept)

    def _kept(self, m: Module, part: Part, row: Value) -> Value:
        """Return the activations of a part of the inputs, those behind the vector 0."""
        size_bits = exact_log2(part.size)
        whole = self.commands.inputs[size_bits:]
        some = self.commands.inputs[:size_bits]
        taken = part.taken(row)
        pairs = self.config.load_pairs
        width = part.size // pairs * ACTIVATION_BITS
        inside = Signal(part.size)
        with m.If(part.number < whole):
            m.d.comb += inside.eq(~0)
        with m.Elif(part.number == whole):
            m.d.comb += inside.eq((1 << some) - 1)
        kept = (
            Mux(inside[place], taken.word_select(place, ACTIVATION_BITS), 0)
            for place in range(part.size)
        )
        activations = Cat(kept)
        padding = Const(0, output_bits(self.config) - width)
        return Cat(Cat(activations.word_select(pair, width), padding) for pair in range(pairs))
