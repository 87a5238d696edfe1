"""Bench of the control unit whose runs end in front of their outputs; oracle: the program."""

from itertools import product

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.stream import ErrorCode, Kind
from zskip.model.nm.latencies import pass_cycles, run_cycles
from zskip.model.nm.passes import Pass
from zskip.verif.common.testbench import Events
from zskip.verif.nm.stimulus import refused_passes
from zskip.verif.nm.tb_control import PassesChecker

NEVER = -1


class AheadChecker(PassesChecker):
    """Driver and checker of the control unit, and of what it hands over, which takes its time.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        super().__init__(dut)
        roles = ("vectors__half", "vectors__fresh")
        self.roles = Events(self.bench, "rows__valid", *roles)
        self.kept = Events(self.bench, "keep", "request__pass_index", "request__outputs")
        self.reset()

    def reset(self) -> None:
        """Forget what is sent."""
        self.left = self.half = 0
        self.sent_last = NEVER

    def drive(self) -> None:
        """Send what is asked for, behind what was handed over."""
        bench = self.bench
        asked = bench["request__valid"].number and not bench["request__done"].number
        bench["request__done"].set(int(asked and not self.left and bench.rng.random() < 0.3))
        bench["sending"].set(int(self.left > 0))

    def sample(self, cycle: int) -> None:
        """Take a request over; sending its outputs takes a while."""
        self.left = max(0, self.left - 1)
        if self.bench["keep"].number:
            assert not self.bench["sending"].number, "one request at a time is handed over"
            assert self.bench["done"].number
            self.left = int(self.bench.rng.integers(1, 90))
            self.sent_last = cycle + self.left

    async def one_run(self, passes: list[Pass]) -> None:
        """Run the program while outputs of the run before are sent, and check it."""
        self.roles.clear()
        self.kept.clear()
        sent_last, self.sent_last = self.sent_last, NEVER
        begun = await self.run()
        self.check_ahead(passes, begun, sent_last)

    def check_ahead(self, passes: list[Pass], begun: int, sent_last: int) -> None:
        """Compare beats and their cycles, the roles of the memories, and the end of the run."""
        half, fresh, cycle = self.half, 1, begun + run_cycles(self.config) + 1
        cycles: list[int] = []
        end = NEVER
        roles, sent = [], []
        for number, entry in enumerate(passes):
            if number and (passes[number - 1].emit_outputs or passes[number - 1].emit_counters):
                cycle = self.beats.cycles[len(cycles)]
            for _ in product(*map(range, (entry.blocks, entry.words, entry.beats))):
                roles.append((half, fresh))
                cycles.append(cycle)
                cycle += 1
            # The end of a pass waits behind the last cycle of sending.
            end = max(cycles[-1] + pass_cycles(self.config), sent_last + 1)
            cycle = end + 1
            wanted = {Kind.OUTPUTS: entry.emit_outputs, Kind.COUNTERS: entry.emit_counters}
            sent += [(kind, number) for kind in wanted if wanted[kind]]
            if not entry.last:
                half, fresh = half ^ entry.swap, fresh & ~entry.swap
        assert self.beats.cycles == cycles
        assert self.roles.values == roles
        last = passes[-1]
        if last.emit_outputs and not last.emit_counters:
            sent.pop()
            assert self.kept.values == [(len(passes) - 1, last.outputs)]
            assert self.done.cycles == [end]
            half = 1 - half
        else:
            assert not self.kept.values
        assert [value[:2] for value in self.sent.values] == sent
        self.half = half


@cocotb.test()
async def runs_beside_the_outputs_of_others(dut: HierarchyObject) -> None:
    """The first pass goes on while outputs are sent; its end, and all behind it, waits."""
    control = AheadChecker(dut)
    await control.bench.start()
    for count in [*range(1, control.config.pass_count + 1)] * 6:
        passes = control.random_passes(count)
        await control.bench.until(lambda: not control.left)
        await control.load(passes)
        for _ in range(5):
            await control.one_run(passes)
    assert control.bench["error"].number == ErrorCode.NONE


@cocotb.test()
async def refused_beside_the_outputs_of_others(dut: HierarchyObject) -> None:
    """A run that is refused ends behind the outputs of the one before."""
    control = AheadChecker(dut)
    (entry,) = control.random_passes(1)
    (good,) = control.random_passes(1)
    while not good.emit_outputs or good.emit_counters:
        (good,) = control.random_passes(1)
    for bad in refused_passes(entry, control.config).values():
        await control.bench.start()
        await control.load([good])
        await control.one_run([good])
        sent_last = control.sent_last
        await control.load([bad])
        await control.run()
        assert control.done.cycles[0] > sent_last
        assert not control.beats.values
        assert control.bench["error"].number == ErrorCode.PROGRAM
