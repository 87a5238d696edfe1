"""Bench of the central control unit; oracle: the program that it runs, pass by pass."""

from dataclasses import replace

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.model.eie.packets import ErrorCode
from zskip.verif.common.ports import random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.eie.ccu_environment import Run


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def programs_of_every_length(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Runs of one pass to as many as there is room for, one after the other."""
    run = Run(dut, idle, stall)
    await run.bench.start()
    for count in {1, 2, run.config.pass_count}:
        await run.load(run.random_passes(min(count, run.config.pass_count)))
        await run.run_vectors(run.random_vectors(len(run.passes)))
    assert run.bench["error"].number == ErrorCode.NONE


@cocotb.test()
async def the_same_program_again(dut: HierarchyObject) -> None:
    """A program stays; every run of it begins with its first pass."""
    run = Run(dut, "seldom", "seldom")
    await run.bench.start()
    await run.load(run.random_passes(run.config.pass_count))
    for _ in range(3):
        await run.run_vectors(run.random_vectors(len(run.passes)))


@cocotb.test()
async def start_while_busy(dut: HierarchyObject) -> None:
    """A start during a run changes nothing, and is not remembered."""
    run = Run(dut, "seldom", "seldom")
    await run.bench.start()
    for _ in range(3):
        await run.load(run.random_passes(run.config.pass_count))
        await run.run_vectors(run.random_vectors(len(run.passes)), restless=True)


@cocotb.test()
async def all_zero_activations(dut: HierarchyObject) -> None:
    """Without anything to broadcast a pass writes its biases back."""
    run = Run(dut)
    await run.bench.start()
    await run.load(run.random_passes(run.config.pass_count))
    await run.run_vectors([[] for _ in run.passes])


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """A reset ends a run at any time; the next one begins with the first pass."""
    run = Run(dut)
    await run.bench.start()
    await run.load(run.random_passes(run.config.pass_count))
    for cycles in range(1, 60, 7):
        run.bench["start"].set(1)
        await run.bench.step()
        run.bench["start"].set(0)
        await run.bench.step(cycles)
        await run.bench.start()
        assert not run.bench["busy"].number
        await run.run_vectors([[] for _ in run.passes])


@cocotb.test()
@cocotb.parametrize(extreme=("shortest", "longest"))
async def output_lengths(dut: HierarchyObject, extreme: str) -> None:
    """One output takes one row in every PE, the longest vector all rows."""
    run = Run(dut)
    await run.bench.start()
    outputs = {"shortest": 1, "longest": run.config.vector_depth}[extreme]
    await run.load([replace(entry, outputs=outputs) for entry in run.random_passes(1)])
    await run.run_vectors(run.random_vectors(1))
    assert len(run.array.passes[0].rows) == (
        1 if extreme == "shortest" else run.config.register_depth
    )


@cocotb.test()
async def one_broadcast_a_cycle(dut: HierarchyObject) -> None:
    """The queue at the root takes and gives one activation a cycle."""
    run = Run(dut)
    await run.bench.start()
    await run.load(run.random_passes(1))
    await run.run_vectors([random_values(activation_layout(run.config), run.bench.rng, 50)])
    taken = run.array.source.cycles
    assert taken == list(range(taken[0], taken[0] + 50))
    assert run.array.sink.cycles == [1 + cycle for cycle in taken]


@cocotb.test()
@cocotb.parametrize(outputs=("none", "one too many", "most"))
async def refused_lengths(dut: HierarchyObject, outputs: str) -> None:
    """A pass without outputs or with too many ends the run, wherever it stands."""
    run = Run(dut, "seldom", "seldom")
    wrong = {"none": 0, "one too many": run.config.vector_depth + 1, "most": (1 << 24) - 1}
    for position in range(run.config.pass_count):
        await run.bench.start()
        passes = run.random_passes(run.config.pass_count)
        passes[position] = replace(passes[position], outputs=wrong[outputs])
        await run.load(passes)
        vectors = run.random_vectors(position)
        run.array.vectors = list(vectors)
        await run.run()
        assert run.bench["error"].number == ErrorCode.PROGRAM
        *good, refused = run.array.passes
        assert len(good) == position
        for index, seen in enumerate(good):
            run.compare(index, passes[index], seen)
        assert not any((refused.computing, refused.rows, refused.swap, refused.requests))
        await _works_again(run)


@cocotb.test()
async def no_last_pass(dut: HierarchyObject) -> None:
    """A program that does not end is cut off behind its last pass that there is room for."""
    run = Run(dut, "seldom", "seldom")
    await run.bench.start()
    await run.load(
        [replace(entry, last=False) for entry in run.random_passes(run.config.pass_count)]
    )
    await run.run_vectors(run.random_vectors(len(run.passes)))
    assert run.bench["error"].number == ErrorCode.PROGRAM
    await _works_again(run)


async def _works_again(run: Run) -> None:
    """Run a good program after a bad one; the error stays until reset."""
    await run.load(run.random_passes(1))
    await run.run_vectors(run.random_vectors(1))
    assert run.bench["error"].number == ErrorCode.PROGRAM
    await run.bench.start()
    assert run.bench["error"].number == ErrorCode.NONE
    await run.run_vectors(run.random_vectors(1))
