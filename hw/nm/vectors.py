"""Vectors: the activations of a layer's inputs and outputs."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.halves import BANK_PORTS, Access, Banks, Halves, Part
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.hw.nm.commands import VectorCommands, VectorCommandsInterface
from zskip.hw.nm.interfaces import window_bits
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.nm.config import Config


class Vectors(wiring.Component):
    """Activation memory of two halves, which change roles between layers.

    A row of a half has room for the activations that are read together, or for the outputs that are
    written together, whichever are more. Each half is a memory of its own, so that the inputs of a
    layer are read while its outputs are written. The load stream writes half 0; the emitter reads
    the half of the outputs. With double input the load stream writes one of two banks beside them.

    Latency: two cycles from `commands.read` to `x`, which holds until the next read; one from
    `show` to `shown`. Throughput: one word read and one block of outputs written a cycle.
    Stall rule: none; load, run and readout never come together, or with double input only in
    different memories.

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
    show : In(1)
        Show outputs.
    place : In
        Which of them, counted in as many as a stream word has lanes.
    x : Out(window * activation_bits)
        Activations of the word, the first in the lowest bits; 0 behind the input vector.
    shown : Out
        Outputs that the emitter selects, of 16 bits each.
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
        config, commands = self.config, self.commands
        block = Signal(range(max(2, config.vector_depth // config.pe_count)))
        with m.If(self.w_outputs):
            m.d.sync += block.eq(block + 1)
        with m.If(commands.restart):
            m.d.sync += block.eq(0)
        shown_place = Signal.like(self.place)
        m.d.sync += shown_place.eq(self.place)
        halves = Halves(
            m,
            commands.half,
            lanes=config.lanes,
            rows=config.vector_depth // config.lanes,
            parity=config.parity,
            banks=self._banks(),
        )

        read = Part(commands.word, config.window, config.lanes)
        written = Part(block, config.pe_count, config.lanes)
        asked = Part(self.place, self.shown_lanes, config.lanes)
        shown = Part(shown_place, self.shown_lanes, config.lanes)
        source = Part(self.w_source.address, LANES, config.lanes)
        halves.connect(
            m,
            read=Access(commands.read, read.row),
            write=Access(self.w_outputs, written.row, written.places, self._block()),
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

    def _block(self) -> Value:
        """Return a block of outputs as the memory holds it."""
        bits = self.config.activation_bits
        outputs = [
            self.outputs.word_select(number, bits).as_signed()
            for number in range(self.config.pe_count)
        ]
        padding = ACTIVATION_BITS - bits
        return Cat(Cat(output, output[-1].replicate(padding)) for output in outputs)

    def _take(self, m: Module, halves: Halves) -> None:
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
        part = Part(word, config.window, config.lanes)
        taken = part.taken(halves.inputs)
        if config.parity:
            wrong = part.taken_places(halves.faulty_inputs) & ~behind
            m.d.comb += self.faulty.eq(arriving & wrong.any())
        kept = []
        for lane in range(config.window):
            activation = taken.word_select(lane, ACTIVATION_BITS)[: config.activation_bits]
            kept.append(Mux(behind[lane], 0, activation))
        with m.If(arriving):
            m.d.sync += self.x.eq(Cat(kept))
