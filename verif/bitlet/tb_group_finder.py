"""Bench of the finders that run ahead; oracle: the model's schedules of the groups in turn."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.group_finder import GroupFinder
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.finder import Finder
from zskip.verif.bitlet.unit import packed, unit_config
from zskip.verif.common.testbench import Agent, Testbench

GROUPS = 300
"""Groups of a test."""


class Group:
    """A group that was written: its place, and what is left of its schedule."""

    def __init__(self, place: int, inverted: bool, picks: tuple[int | None, ...]) -> None:
        self.place = place
        self.inverted = inverted
        self.picks = list(picks)
        self.fresh = True


class Picks(Agent):
    """Driver and checker of the finders: groups are written, picked from, and end in order.

    Parameters
    ----------
    bench : Testbench
    config : Config
        The array.
    held : float
        Share of the cycles in which the oldest group may not end.
    """

    def __init__(self, bench: Testbench, config: Config, held: float) -> None:
        self.config = config
        self.held = held
        self.model = Finder(config)
        self.groups: list[Group] = []
        self.written = self.most = 0
        self._coming: Group | None = None
        super().__init__(bench)

    def drive(self) -> None:
        """Enable some of the groups, from the oldest on, and write another where there is room."""
        bench, rng, places = self.bench, self.bench.rng, self.config.run_ahead
        oldest = (self.written - len(self.groups)) % places
        self.shown = self.groups[: int(rng.integers(1, places + 1))]
        bench["enable"].set(sum(1 << group.place for group in self.shown))
        bench["oldest"].set(1 << oldest)
        bench["wrapped"].set((1 << oldest) - 1)
        bench["inverted"].set(sum(group.inverted << group.place for group in self.groups))
        self._coming = None
        bench["write"].set(0)
        if len(self.groups) < places and rng.random() < 0.8:
            place = self.written % places
            column = rng.random(self.config.pairs) < rng.choice([0, 0.1, 0.5, 0.9, 1])
            self._coming = Group(place, *self.model.schedule(column))
            beats = self.config.beats
            bench["write"].set(((1 << beats) - 1) << place * beats)
            bench["column"].set(packed(column.tolist(), 1))

    def sample(self, cycle: int) -> None:
        """Compare what is picked, and go on."""
        bench, pairs = self.bench, self.config.pairs
        working = next((group for group in self.shown if group.picks), None)
        pick, chosen, begins = 0, 0, 0
        if working:
            taken = working.picks.pop(0)
            pick = 0 if taken is None else 1 << working.place * pairs + taken
            chosen = 1 << working.place
            begins = chosen * working.fresh
            working.fresh = False
            self.most = max(self.most, self.groups.index(working) + 1)
        assert bench["pick"].bits == pick, cycle
        assert bench["chosen"].bits == chosen, cycle
        assert bench["begins"].bits == begins, cycle
        if self.groups:
            ended = not self.groups[0].picks
            assert bench["last"].bits == ended, cycle
            if ended and bench.rng.random() >= self.held:
                self.groups.pop(0)
        if self._coming:
            self.groups.append(self._coming)
            self.written += 1


@cocotb.test()
@cocotb.parametrize(held=(0.0, 0.3, 0.8))
async def oldest_group_with_something_left(dut: HierarchyObject, held: float) -> None:
    """Columns of any density, of which some are full or empty."""
    config = unit_config()
    bench = Testbench(dut, GroupFinder(config).signature)
    picks = Picks(bench, config, held)
    await bench.start()
    await bench.until(lambda: picks.written == GROUPS)
    assert picks.most == config.run_ahead or held < 0.8
