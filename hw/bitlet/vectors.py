"""Vectors: the activations of a layer's inputs and outputs."""

from collections.abc import Callable

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.bitlet.commands import VectorCommands, VectorCommandsInterface
from zskip.hw.bitlet.interfaces import output_bits, window_bits
from zskip.hw.common.halves import BANK_PORTS, Access, Banks, Halves, Part
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.model.bitlet.config import Config
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES, STREAM_BITS


class Vectors(wiring.Component):
    """Activation memory of two halves, which change roles between layers.

    An activation takes a place of 16 bits, or two, the low half first. The load stream writes
    half 0; the emitter reads the half of the outputs. With double input the load stream writes one
    of two banks beside them.

    Latency: one cycle from `commands.read` to the cycle from which on `commands.take` may come, one
    from there to `x`, which holds until the next one; one from `show` to `shown`.
    Throughput: one beat read and one block of outputs written a cycle. Stall rule: a beat waits in
    the memory until it is taken, and none is read meanwhile; load, run and readout never come
    together, or with double input only in different memories.

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
    show : In(1)
        Show outputs.
    place : In
        Which of them, counted in as many as a stream word has lanes.
    x : Out(load_pairs * 16 * places)
        Activations of the beat, the first in the lowest bits; 0 behind the input vector.
    shown : Out
        Places that the emitter selects.
    faulty : Out(parity)
        The parity of an activation that goes to `x` is wrong.
    faulty_shown : Out(parity)
        The parity of `shown` is wrong.
    bank : In(1)
        Bank with the inputs of the network; with `double_input` only, as are the following.
    w_bank : In(1)
        Bank that `w_source` writes, at any time, unless `bank` is the same.
    sending : In(1)
        `show` asks for outputs of the run before, which are in the half of the inputs.
    """

    commands: VectorCommandsInterface
    w_source: WritePortInterface
    w_outputs: Signal
    outputs: Signal
    show: Signal
    place: Signal
    x: Signal
    shown: Signal
    faulty: Signal
    faulty_shown: Signal
    bank: Signal
    w_bank: Signal
    sending: Signal

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
                "show": In(1),
                "place": In(range(config.vector_depth // self.shown_lanes)),
                "x": Out(window_bits(config)),
                "shown": Out(self.shown_lanes * ACTIVATION_BITS),
                "faulty": Out(config.parity),
                "faulty_shown": Out(config.parity),
                **(BANK_PORTS if config.double_input else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, commands, lanes = self.config, self.commands, self.config.vector_lanes
        rows = config.vector_depth // lanes
        halves = Halves(
            m,
            commands.half,
            lanes=lanes,
            rows=rows,
            parity=config.parity,
            banks=self._banks(),
        )
        block = Signal(range(max(2, config.vector_depth // config.pe_count)))
        with m.If(self.w_outputs):
            m.d.sync += block.eq(block + 1)
        with m.If(commands.restart):
            m.d.sync += block.eq(0)
        shown_place = Signal.like(self.place)
        m.d.sync += shown_place.eq(self.place)
        asked = Part(self.place, self.shown_lanes, lanes)
        shown = Part(shown_place, self.shown_lanes, lanes)
        source = Part(self.w_source.address, LANES, lanes)
        read_row = self._chosen(lambda places: self._beat(commands.beat, places).row)
        halves.connect(
            m,
            read=Access(commands.read, read_row),
            write=self._write(block),
            show=Access(self.show, asked.row),
            load=Access(self.w_source.en, source.row, source.places, self.w_source.data),
        )
        m.d.comb += self.shown.eq(shown.taken(halves.outputs))
        if config.parity:
            m.d.comb += self.faulty_shown.eq((halves.faulty_outputs & shown.places).any())
        self._take(m, halves)
        return m

    def _banks(self) -> Banks | None:
        """Return what tells banks apart, where there are such."""
        if not self.config.double_input:
            return None
        return Banks(self.commands.fresh, self.bank, self.w_bank, self.sending)

    def _beat(self, number: Value, places: int) -> Part:
        """Return the part of a beat, if an activation takes so many places."""
        return Part(number, self.config.load_pairs * places, self.config.vector_lanes)

    def _write(self, block: Value) -> Access:
        """Return the write of a block of outputs, of one place each or of two."""
        config = self.config
        outputs = [
            self.outputs.word_select(number, output_bits(config))
            for number in range(config.pe_count)
        ]

        def part(places: int) -> Part:
            return Part(block, config.pe_count * places, config.vector_lanes)

        def data(places: int) -> Value:
            kept = Cat(output[: places * ACTIVATION_BITS] for output in outputs)
            return kept.replicate(config.places // places)

        return Access(
            self.w_outputs,
            self._chosen(lambda places: part(places).row),
            self._chosen(lambda places: part(places).places),
            self._chosen(data),
        )

    def _take(self, m: Module, halves: Halves) -> None:
        """Register a beat that was read, with 0 in place of what lies behind the inputs."""
        arriving = Signal.like(self.commands.beat)
        with m.If(self.commands.read):
            m.d.sync += arriving.eq(self.commands.beat)
        kept = {places: self._inside(m, self._beat(arriving, places)) for places in self._places}
        taken = self._chosen(
            lambda places: self._kept(self._beat(arriving, places), kept[places], halves.inputs)
        )
        if self.config.parity:
            wrong = self._chosen(
                lambda places: (
                    self._beat(arriving, places).taken_places(halves.faulty_inputs) & kept[places]
                )
            )
            m.d.comb += self.faulty.eq(self.commands.take & wrong.any())
        with m.If(self.commands.take):
            m.d.sync += self.x.eq(taken)

    def _chosen(self, given: Callable[[int], Value]) -> Value:
        """Return what there is for activations of one place, or of two if they take so many."""
        narrow = given(1)
        return Mux(self.commands.wide, given(2), narrow) if self.config.places > 1 else narrow

    @property
    def _places(self) -> range:
        """Places that an activation may take."""
        return range(1, self.config.places + 1)

    def _inside(self, m: Module, part: Part) -> Signal:
        """Return which places of a part of the inputs lie in front of the vector's end."""
        size_bits = exact_log2(part.size)
        whole = self.commands.inputs[size_bits:]
        some = self.commands.inputs[:size_bits]
        inside = Signal(part.size, name=f"inside_{part.size}")
        with m.If(part.number < whole):
            m.d.comb += inside.eq(~0)
        with m.Elif(part.number == whole):
            m.d.comb += inside.eq((1 << some) - 1)
        return inside

    def _kept(self, part: Part, inside: Signal, row: Value) -> Value:
        """Return the activations of a part of the inputs, those behind the vector 0."""
        taken = part.taken(row)
        pairs = self.config.load_pairs
        width = part.size // pairs * ACTIVATION_BITS
        kept = (
            Mux(inside[place], taken.word_select(place, ACTIVATION_BITS), 0)
            for place in range(part.size)
        )
        activations = Cat(kept)
        padding = Const(0, output_bits(self.config) - width)
        return Cat(Cat(activations.word_select(pair, width), padding) for pair in range(pairs))
