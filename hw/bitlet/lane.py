"""Lane: the ones of a bit column become terms."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.finder import Finder
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.selector import Selector


class Lane(wiring.Component):
    """Hand on one folded activation a cycle: that of the pair which the finder picks.

    Of an inverted column, the picks are subtracted from the sum of the group, which comes with the
    first of them.

    Latency: one cycle from `enable` to `term` and `picked`. Throughput: one pick a cycle. Stall
    rule: nothing moves while `enable` is 0, and both are 0 behind such a cycle.

    Parameters
    ----------
    lanes : LaneFormat
        Gives the widths.

    Members
    -------
    write : In(beats)
        Write these parts of the column, of `load_pairs` each.
    column : In(pairs)
        What is written.
    inverted : In(1)
        The column is inverted; as long as it is enabled.
    enable : In(1)
        The column is complete, and its group not at its end.
    opening : In(1)
        This is the first cycle of the group.
    subtracted : In(1)
        Subtract the lane, as the last one of two's complement.
    items : In(pairs * item_bits)
        Activations, each with the sign of its weight above it, the first in the lowest bits.
    group_sum : In(group_sum_bits)
        The sum of the activations with their signs; only with `invert`.
    term : Out(signed)
        What the lane hands to the adder tree.
    picked : Out(1)
        A pair was picked.
    last : Out(1)
        Nothing is left behind this pick.
    """

    write: Signal
    column: Signal
    inverted: Signal
    enable: Signal
    opening: Signal
    subtracted: Signal
    items: Signal
    group_sum: Signal
    term: Signal
    picked: Signal
    last: Signal

    def __init__(self, lanes: LaneFormat) -> None:
        self.lanes = lanes
        config = lanes.config
        super().__init__(
            {
                "write": In(config.beats),
                "column": In(config.pairs),
                "inverted": In(1),
                "enable": In(1),
                "opening": In(1),
                "subtracted": In(1),
                "items": In(config.pairs * lanes.item_bits),
                "group_sum": In(lanes.group_sum_bits if config.invert else 0),
                "term": Out(signed(lanes.term_bits)),
                "picked": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.lanes.config
        m.submodules.finder = finder = Finder(config)
        m.submodules.selector = selector = Selector(pairs=config.pairs, bits=self.lanes.item_bits)
        activation = selector.o[:-1].as_signed()
        negative = Signal()
        term = Signal(signed(self.lanes.term_bits))
        m.d.comb += [
            finder.write.eq(self.write),
            finder.column.eq(self.column),
            finder.inverted.eq(self.inverted),
            finder.enable.eq(self.enable),
            selector.pick.eq(finder.pick),
            selector.items.eq(self.items),
            self.last.eq(finder.last),
        ]
        if config.invert:
            base = Mux(self.opening & self.inverted, self.group_sum.as_signed(), 0)
            m.d.comb += negative.eq(selector.o[-1] ^ self.inverted)
            m.d.comb += term.eq(base + Mux(negative, -activation, activation))
        else:
            m.d.comb += negative.eq(selector.o[-1])
            m.d.comb += term.eq(Mux(negative, -activation, activation))
        m.d.sync += [self.term.eq(0), self.picked.eq(self.enable & finder.pick.any())]
        with m.If(self.enable):
            m.d.sync += self.term.eq(Mux(self.subtracted, -term, term))
        return m
