"""Bench of the feed; oracle: three loops."""

from itertools import product

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.feed import Feed
from zskip.verif.bitlet.unit import unit_bench, unit_config
from zskip.verif.common.streams import pauses
from zskip.verif.common.testbench import Agent, Events


class FeedChecker(Agent):
    """Driver and checker of the feed, and the engines, which take beats now and then.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    stall : str
        Pattern of pauses of the engines.
    """

    def __init__(self, dut: HierarchyObject, stall: str = "never") -> None:
        self.config = unit_config()
        super().__init__(unit_bench(dut, Feed))
        self.read = Events(self.bench, "read", "beat", "ends_group", "finish")
        self.take = Events(self.bench, "take", "address", "begins_round", "round", "exhausted")
        self.taken: list[tuple[int, int]] = []
        self.cycles: list[int] = []
        self.going = False
        self._stalls = stall != "never"
        self._pauses = pauses(stall, self.bench.rng)
        self._offered: tuple[int, int] | None = None

    def drive(self) -> None:
        """Take a beat or not."""
        self.bench["go"].set(int(self.going))
        self.bench["ready"].set(int(not next(self._pauses)))

    def reset(self) -> None:
        """Wait for nothing."""
        self._offered = None

    def sample(self, cycle: int) -> None:
        """Record what is taken; what is not taken stays."""
        flags = (self.bench["first"].bits, self.bench["last"].bits)
        offered = flags if self.bench["valid"].bits else None
        assert self._offered in (None, offered), f"a beat is gone in cycle {cycle}"
        taken = offered is not None and self.bench["ready"].bits
        self._offered = None if taken else offered
        if taken:
            self.taken.append(flags)
            self.cycles.append(cycle)
        if self.bench["finish"].bits:
            self.going = False

    async def go_through(self, rounds: int, groups: int, start: int, done: int) -> int:
        """Compare the beats of a pass behind `start` beats and `done` rounds of the run."""
        bench, config = self.bench, self.config
        for recorded in (self.read, self.take):
            recorded.clear()
        self.taken.clear()
        self.cycles.clear()
        bench["rounds"].set(rounds)
        bench["groups"].set(groups)
        bench["restart"].set(1)
        await bench.step()
        bench["restart"].set(0)
        self.going, begun = True, bench.cycle
        read, take, taken = [], [], []
        address, depth = start, config.weight_depth
        for number, group, beat in product(range(rounds), range(groups), range(config.beats)):
            last_beat, last = beat == config.beats - 1, group == groups - 1
            finish = last_beat and last and number == rounds - 1
            read.append((group * config.beats + beat, last_beat, finish))
            begins = group == beat == 0
            behind = done + number + (not begins)
            take.append((address % depth, begins, behind, address >= depth))
            taken.append((group == 0, last))
            address += 1
        await bench.until(lambda: len(self.taken) == len(taken))
        await bench.step(2)
        assert self.read.values == read
        assert self.take.values == take
        assert self.taken == taken
        return self.cycles[-1] - begun - len(taken) - 1

    async def run(self, passes: list[tuple[int, int]]) -> None:
        """Run some passes, and check that no cycle is lost where nothing stalls."""
        self.bench["rewind"].set(1)
        await self.bench.step()
        self.bench["rewind"].set(0)
        start = done = 0
        for rounds, groups in passes:
            late = await self.go_through(rounds, groups, start, done)
            assert self._stalls or late == 0
            start, done = start + rounds * groups * self.config.beats, done + rounds


@cocotb.test()
@cocotb.parametrize(stall=("never", "seldom", "mostly", "bursts"))
async def passes_one_after_the_other(dut: HierarchyObject, stall: str) -> None:
    """One and two of everything, the most groups, and more beats than there are weights."""
    feed = FeedChecker(dut, stall)
    await feed.bench.start()
    config, rng = feed.config, feed.bench.rng
    most = config.vector_depth // config.pairs
    await feed.run(list(product((1, 2), (1, 2, most))))
    for _ in range(3):
        passes = zip(rng.integers(1, 5, 6), rng.integers(1, most, 6, endpoint=True), strict=True)
        await feed.run([(int(rounds), int(groups)) for rounds, groups in passes])


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """Nothing is left of a pass in front of a reset."""
    feed = FeedChecker(dut)
    for cycles in range(1, 8):
        await feed.bench.start()
        feed.bench["rounds"].set(3)
        feed.bench["groups"].set(2)
        feed.going = True
        await feed.bench.step(cycles)
        feed.going = False
        await feed.bench.start()
        await feed.run([(2, 2)])
