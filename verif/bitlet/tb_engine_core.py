"""Bench of the core of an engine; oracles: the model's engine, its layers, and its cycles."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.verif.bitlet.core_checker import CoreChecker


@cocotb.test()
@cocotb.parametrize(joined=(False, True), subtracted=(False, True), groups=(1, 3))
async def integers(dut: HierarchyObject, joined: bool, subtracted: bool, groups: int) -> None:
    """Outputs, events and the cycle of every output, of rounds one after the other."""
    core = CoreChecker(dut)
    await core.bench.start()
    if joined and core.config.segments == 1:
        return
    settings = core.integers(joined=joined, subtracted=subtracted)
    rounds = core.rounds(settings, groups)
    await core.run(settings, rounds)
    core.check_cycles(settings, rounds)


@cocotb.test()
@cocotb.parametrize(idle=("seldom", "bursts"), hold=("never", "mostly"))
async def pauses_and_waiting(dut: HierarchyObject, idle: str, hold: str) -> None:
    """Outputs do not depend on pauses between beats, nor on waiting for other engines."""
    core = CoreChecker(dut, idle, hold)
    await core.bench.start()
    settings = core.integers(joined=False)
    await core.run(settings, core.rounds(settings, 2))


@cocotb.test()
async def lanes_switched_off(dut: HierarchyObject) -> None:
    """A lane that is switched off computes with zeros, whatever the weights have there."""
    core = CoreChecker(dut)
    await core.bench.start()
    for _ in range(3):
        mask = int(core.bench.rng.integers(1 << core.config.lanes))
        settings = core.integers(joined=False, mask=mask)
        await core.run(settings, core.rounds(settings, 1, 4))


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """Nothing is left of the rounds in front of a reset."""
    core = CoreChecker(dut)
    for cycles in range(2, 12):
        await core.bench.start()
        settings = core.integers(joined=False)
        rounds = core.rounds(settings, 2, 4)
        core.set_up(settings)
        for sent in rounds:
            core.source.send(sent.beats)
        await core.bench.step(cycles)
        await core.bench.start()
        await core.run(settings, rounds[:2])
        core.check_cycles(settings, rounds[:2])
