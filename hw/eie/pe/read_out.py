"""Read-out of a PE: the word that the emitter asks for, or 0."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.readout import ReadoutInterface
from zskip.hw.eie import shell
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config


class ReadOut(wiring.Component):
    """Put the output or the counters of a PE into a word where it is asked for them.

    The PEs of a group have one output each in a word, at their place in the group; the words of all
    PEs together are that of the group. Parity is a bit above it.

    Latency: one cycle. Throughput: one word a cycle. Stall rule: none.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    pe : In(pe_bits)
        Number of the PE.
    i : In(Readout)
        Commands of the emitter.
    read : Out(1)
        Read the output in `row`.
    row : Out
        Row of `read`.
    activation : In(16)
        Output that was read in the cycle before.
    faulty_activation : In(parity)
        Its parity is wrong.
    select : Out
        Which counters are wanted.
    counters : In(STREAM_BITS)
        These.
    word : Out(STREAM_BITS + parity)
        What was asked for in the cycle before; 0 if that is of other PEs, or nothing.
    """

    pe: Signal
    i: ReadoutInterface
    read: Signal
    row: Signal
    activation: Signal
    faulty_activation: Signal
    select: Signal
    counters: Signal
    word: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "pe": In(config.pe_bits),
                "i": In(shell.readout(config)),
                "read": Out(1),
                "row": Out(config.activation_row_bits),
                "activation": In(ACTIVATION_BITS),
                "faulty_activation": In(config.parity),
                "select": Out(range(shell.COUNTER_WORDS)),
                "counters": In(STREAM_BITS),
                "word": Out(STREAM_BITS + config.parity),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lane_bits = exact_log2(self.config.pes_per_beat)
        shown = Signal()
        counted = Signal()
        m.d.comb += [
            self.read.eq(self.i.read & (self.i.unit[lane_bits:] == self.pe[lane_bits:])),
            self.row.eq(self.i.row),
        ]
        m.d.sync += [
            shown.eq(self.read),
            counted.eq(self.i.count & (self.i.unit == self.pe)),
            self.select.eq(self.i.counter),
        ]
        places = [
            self.activation & (shown & (self.pe[:lane_bits] == place)).replicate(ACTIVATION_BITS)
            for place in range(1 << lane_bits)
        ]
        m.d.comb += self.word.eq(Mux(counted, self.counters, Cat(places)))
        if self.config.parity:
            m.d.comb += self.word[-1].eq(shown & self.faulty_activation)
        return m
