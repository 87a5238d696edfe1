"""Lane: the ones of a bit column become terms."""

from amaranth import Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.finder import Finder
from zskip.hw.bitlet.group_finder import GroupFinder
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.selector import Selector


class Lane(wiring.Component):
    """Hand on one folded activation a cycle: that of the pair which the finder picks.

    Of an inverted column, the picks are subtracted from the sum of the group, which comes with the
    first of them. A lane that runs ahead picks from the oldest group in which something is left.

    Latency: one cycle from `enable` to `term` and `picked`. Throughput: one pick a cycle. Stall
    rule: nothing moves in groups that are not enabled, and both are 0 behind a cycle without a
    pick.

    Parameters
    ----------
    lanes : LaneFormat
        Gives the widths.

    Members
    -------
    write : In(run_ahead * beats)
        Write these parts of a column, of `load_pairs` each, of each group in turn.
    column : In(pairs)
        The column that is written.
    inverted : In(run_ahead)
        The column of each group is inverted; as long as it is enabled.
    enable : In(run_ahead)
        The column of each group is complete, and the group not at its end.
    opening : In(1)
        This is the first cycle of the group; only with `invert`, if the lane does not run ahead.
    oldest, wrapped : In(run_ahead)
        See `zskip.hw.bitlet.group_ring`; only if the lane runs ahead.
    subtracted : In(1)
        Subtract the lane, as the last one of two's complement.
    items : In(run_ahead * pairs * item_bits)
        Activations, each with the sign of its weight above it, the first in the lowest bits.
    group_sum : In(run_ahead * group_sum_bits)
        The sum of the activations of each group with their signs; only with `invert`.
    term : Out(signed)
        What the lane hands to the adder tree.
    picked : Out(1)
        A pair was picked.
    last : Out(1)
        Nothing is left of the group behind this pick, of the oldest one if the lane runs ahead.
    """

    write: Signal
    column: Signal
    inverted: Signal
    enable: Signal
    opening: Signal
    oldest: Signal
    wrapped: Signal
    subtracted: Signal
    items: Signal
    group_sum: Signal
    term: Signal
    picked: Signal
    last: Signal

    def __init__(self, lanes: LaneFormat) -> None:
        self.lanes = lanes
        config, ahead = lanes.config, lanes.config.run_ahead
        super().__init__(
            {
                "write": In(ahead * config.beats),
                "column": In(config.pairs),
                "inverted": In(ahead),
                "enable": In(ahead),
                "opening": In(int(ahead == 1 and config.invert > 0)),
                "oldest": In(ahead if ahead > 1 else 0),
                "wrapped": In(ahead if ahead > 1 else 0),
                "subtracted": In(1),
                "items": In(ahead * config.pairs * lanes.item_bits),
                "group_sum": In(ahead * lanes.group_sum_bits * config.invert),
                "term": Out(signed(lanes.term_bits)),
                "picked": Out(1),
                "last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config, ahead = self.lanes.config, self.lanes.config.run_ahead
        selector = Selector(pairs=ahead * config.pairs, bits=self.lanes.item_bits)
        m.submodules.selector = selector
        begins, chosen = self._find(m, selector.pick)
        activation = selector.o[:-1].as_signed()
        negative = Signal()
        term = Signal(signed(self.lanes.term_bits))
        m.d.comb += selector.items.eq(self.items)
        if config.invert:
            m.submodules.base = base = Selector(pairs=ahead, bits=self.lanes.group_sum_bits)
            m.d.comb += [
                base.pick.eq(begins & self.inverted),
                base.items.eq(self.group_sum),
                negative.eq(selector.o[-1] ^ (self.inverted & chosen).any()),
                term.eq(base.o.as_signed() + Mux(negative, -activation, activation)),
            ]
        else:
            m.d.comb += negative.eq(selector.o[-1])
            m.d.comb += term.eq(Mux(negative, -activation, activation))
        m.d.sync += [self.term.eq(0), self.picked.eq(chosen.any() & selector.pick.any())]
        with m.If(chosen.any()):
            m.d.sync += self.term.eq(Mux(self.subtracted, -term, term))
        return m

    def _find(self, m: Module, pick: Signal) -> tuple[Signal, Signal]:
        """Make the finder that picks; return the group that it begins, and that it picks from."""
        config = self.lanes.config
        if config.run_ahead == 1:
            m.submodules.finder = finder = Finder(config)
            begins, chosen = self.opening, self.enable
        else:
            m.submodules.finder = finder = GroupFinder(config)
            begins, chosen = finder.begins, finder.chosen
            m.d.comb += [finder.oldest.eq(self.oldest), finder.wrapped.eq(self.wrapped)]
        m.d.comb += [
            finder.write.eq(self.write),
            finder.column.eq(self.column),
            finder.inverted.eq(self.inverted),
            finder.enable.eq(self.enable),
            pick.eq(finder.pick),
            self.last.eq(finder.last),
        ]
        return begins, chosen
