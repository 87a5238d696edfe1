"""Finders of a lane that runs ahead over several groups."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.finder import Finder
from zskip.hw.bitlet.group_ring import behind_any
from zskip.model.bitlet.config import Config


class GroupFinder(wiring.Component):
    """Pick from the oldest group in which something is left, by a finder for each place.

    An inverted column has its first cycle even if nothing is sought in it. Groups in which nothing
    is left take no time.

    Latency: none from a column to `pick`; a write counts in the next cycle. Throughput: one pick a
    cycle. Stall rule: nothing moves in groups that are not enabled.

    Parameters
    ----------
    config : Config
        Gives the places, `run_ahead`, and the finders.

    Members
    -------
    write : In(places * beats)
        Write these parts of the columns, those of place 0 in the lowest bits.
    column : In(pairs)
        The column that is written.
    inverted : In(places)
        Columns of which zeros are sought.
    enable : In(places)
        Groups to pick from.
    oldest : In(places)
        The oldest group, one bit.
    wrapped : In(places)
        Places of groups that are younger than those from the oldest one on.
    pick : Out(places * pairs)
        One bit, or none.
    chosen : Out(places)
        The group that is picked from, one bit or none.
    begins : Out(places)
        The group whose first cycle this is, one bit or none.
    last : Out(1)
        Nothing is left of the oldest group behind this cycle.
    """

    write: Signal
    column: Signal
    inverted: Signal
    enable: Signal
    oldest: Signal
    wrapped: Signal
    pick: Signal
    chosen: Signal
    begins: Signal
    last: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        places = config.run_ahead
        super().__init__(
            {
                "write": In(places * config.beats),
                "column": In(config.pairs),
                "inverted": In(places),
                "enable": In(places),
                "oldest": In(places),
                "wrapped": In(places),
                "pick": Out(places * config.pairs),
                "chosen": Out(places),
                "begins": Out(places),
                "last": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        places = self.config.run_ahead
        fresh = Signal(places)
        left = Signal(places)
        last = Signal(places)
        for place in range(places):
            m.submodules[f"finder_{place}"] = finder = Finder(self.config)
            chosen, write = self.chosen[place], self.write.word_select(place, self.config.beats)
            m.d.comb += [
                finder.write.eq(write),
                finder.column.eq(self.column),
                finder.inverted.eq(self.inverted[place]),
                finder.enable.eq(chosen),
                self.pick.word_select(place, self.config.pairs).eq(
                    finder.pick & chosen.replicate(self.config.pairs)
                ),
                left[place].eq(
                    self.enable[place] & (finder.left | (fresh[place] & self.inverted[place]))
                ),
                last[place].eq(finder.last),
            ]
            m.d.sync += fresh[place].eq(write.any() | (fresh[place] & ~chosen))
        m.d.comb += [
            self.chosen.eq(left & ~behind_any(m, "left", left, self.wrapped)),
            self.begins.eq(fresh & self.chosen),
            self.last.eq((self.oldest & last).any()),
        ]
        return m
