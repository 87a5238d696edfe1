"""Vectors: the activations of a layer's inputs and outputs."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.readout import ReadoutInterface
from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.hw.nm.commands import VectorCommands, VectorCommandsInterface
from zskip.hw.nm.interfaces import readout, window_bits
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.nm.config import Config


class Vectors(wiring.Component):
    """Activation memory of two halves, which change roles between layers.

    A row of a half has room for the activations that are read together, or for the outputs that are
    written together, whichever are more. Each half is a memory of its own, so that the inputs of a
    layer are read while its outputs are written. The load stream writes half 0; the emitter reads
    the half of the outputs.

    Latency: two cycles from `commands.read` to `x`, which holds until the next read; one from
    `readout.read` to `shown`. Throughput: one word read and one block of outputs written a cycle.
    Stall rule: none; load, run and readout never come together.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    commands : In(VectorCommands)
        Commands of the control unit.
    w_source : In(WritePort)
        Writes four activations of the network's input vector; between runs only.
    w_outputs : In(1)
        Write the next block of outputs.
    outputs : In(pe_count * activation_bits)
        The block, the first output in the lowest bits.
    readout : In(Readout)
        Commands of the emitter.
    group : In
        Which of the outputs of `readout.row`, as many as a stream word has lanes, are shown.
    x : Out(window * activation_bits)
        Activations of the word, the first in the lowest bits; 0 behind the input vector.
    shown : Out
        Outputs that the emitter selects, of 16 bits each.
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
        super().__init__(
            {
                "commands": In(VectorCommands(config)),
                "w_source": In(
                    WritePort(
                        address_bits=address_bits(config.vector_depth // LANES),
                        data_bits=STREAM_BITS,
                    )
                ),
                "w_outputs": In(1),
                "outputs": In(config.pe_count * config.activation_bits),
                "readout": In(readout(config)),
                "group": In(range(config.pe_count // self.shown_lanes)),
                "x": Out(window_bits(config)),
                "shown": Out(self.shown_lanes * ACTIVATION_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        rows = config.vector_depth // config.lanes
        halves = [
            Sram(width=config.lanes * ACTIVATION_BITS, depth=rows, lanes=config.lanes)
            for _ in range(2)
        ]
        half = self.commands.half
        block = Signal(range(max(2, config.vector_depth // config.pe_count)))
        with m.If(self.w_outputs):
            m.d.sync += block.eq(block + 1)
        with m.If(self.commands.restart):
            m.d.sync += block.eq(0)
        place = Signal(range(config.vector_depth // self.shown_lanes))
        m.d.comb += place.eq(Cat(self.group, self.readout.row))
        for number, sram in enumerate(halves):
            m.submodules[f"half_{number}"] = sram
            with m.If(half == number):
                self._read(m, sram, self.commands.read, self.commands.word, config.window)
            with m.Elif(self.w_outputs):
                self._write(m, sram, block, self._block())
            with m.Else():
                self._read(m, sram, self.readout.read, place, self.shown_lanes)
        with m.If(self.w_source.en):
            self._write(m, halves[0], self.w_source.address, self.w_source.data)
        self._take(m, Mux(half, halves[1].r_data, halves[0].r_data))
        parts = config.lanes // self.shown_lanes
        shown = Mux(half, halves[0].r_data, halves[1].r_data)
        m.d.comb += self.shown.eq(
            shown.word_select(place[: exact_log2(parts)], len(self.shown)) if parts > 1 else shown
        )
        return m

    def _read(self, m: Module, sram: Sram, read: Value, part: Value, size: int) -> None:
        """Read the row that holds a part of so many activations, if asked to."""
        row = part[exact_log2(self.config.lanes // size) :]
        m.d.comb += [sram.en.eq(read), sram.address.eq(row)]

    def _write(self, m: Module, sram: Sram, part: Value, activations: Value) -> None:
        """Write a part of a row, of 16 bits for each activation."""
        size = len(activations) // ACTIVATION_BITS
        parts = self.config.lanes // size
        part_bits = exact_log2(parts)
        m.d.comb += [
            sram.en.eq(1),
            sram.we.eq(((1 << size) - 1) << (part[:part_bits] * size)),
            sram.address.eq(part[part_bits:]),
            sram.w_data.eq(activations.replicate(parts)),
        ]

    def _block(self) -> Value:
        """Return a block of outputs as the memory holds it."""
        bits = self.config.activation_bits
        outputs = [
            self.outputs.word_select(number, bits).as_signed()
            for number in range(self.config.pe_count)
        ]
        padding = ACTIVATION_BITS - bits
        return Cat(Cat(output, output[-1].replicate(padding)) for output in outputs)

    def _take(self, m: Module, row: Value) -> None:
        """Register the word that was read, with 0 in place of what lies behind the inputs."""
        config = self.config
        word = Signal.like(self.commands.word)
        arriving = Signal()
        m.d.sync += arriving.eq(self.commands.read)
        with m.If(self.commands.read):
            m.d.sync += word.eq(self.commands.word)
        window_lanes = exact_log2(config.window)
        behind = Signal(config.window)
        with m.If(word == self.commands.inputs[window_lanes:]):
            m.d.comb += behind.eq(((1 << config.window) - 1) << self.commands.inputs[:window_lanes])
        parts = config.lanes // config.window
        width = config.window * ACTIVATION_BITS
        taken = row.word_select(word[: exact_log2(parts)], width) if parts > 1 else row
        kept = []
        for lane in range(config.window):
            activation = taken.word_select(lane, ACTIVATION_BITS)[: config.activation_bits]
            kept.append(Mux(behind[lane], 0, activation))
        with m.If(arriving):
            m.d.sync += self.x.eq(Cat(kept))
