"""Bench of the central control unit; oracle: the program that it runs, pass by pass."""

from dataclasses import replace

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.model.common.stream import ErrorCode
from zskip.model.eie.passes import pass_words
from zskip.verif.common.ports import random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.eie.ccu_checker import CcuChecker
from zskip.verif.eie.stimulus import refused_passes


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def programs_of_every_length(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Runs of one pass to as many as there is room for, one after the other."""
    run = CcuChecker(dut, idle, stall)
    await run.bench.start()
    for count in {1, 2, run.config.pass_count}:
        await run.load(run.random_passes(min(count, run.config.pass_count)))
        await run.run_vectors(run.random_vectors(len(run.passes)))
    assert run.bench["error"].number == ErrorCode.NONE


@cocotb.test()
async def the_same_program_again(dut: HierarchyObject) -> None:
    """A program stays; every run begins with its first pass, without a break or after one."""
    run = CcuChecker(dut, "seldom", "seldom")
    await run.bench.start()
    await run.load(run.random_passes(run.config.pass_count))
    for rest in (0, 0, 1, 5, 0):
        await run.run_vectors(run.random_vectors(len(run.passes)), rest=rest)


@cocotb.test()
async def start_while_busy(dut: HierarchyObject) -> None:
    """A start during a run changes nothing, and is not remembered."""
    run = CcuChecker(dut, "seldom", "seldom")
    await run.bench.start()
    for _ in range(3):
        await run.load(run.random_passes(run.config.pass_count))
        await run.run_vectors(run.random_vectors(len(run.passes)), restless=True)


@cocotb.test()
async def all_zero_activations(dut: HierarchyObject) -> None:
    """Without anything to broadcast a pass writes its biases back."""
    run = CcuChecker(dut)
    await run.bench.start()
    for _ in range(3):
        await run.load(run.random_passes(run.config.pass_count))
        await run.run_vectors([[] for _ in run.passes])


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """A reset ends a run at any time; the next one begins with the first pass."""
    run = CcuChecker(dut)
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
@cocotb.parametrize(outputs=(False, True), counters=(False, True))
async def what_a_pass_sends(dut: HierarchyObject, outputs: bool, counters: bool) -> None:
    """A pass sends outputs, counters, both or neither; then the next one follows at once."""
    run = CcuChecker(dut)
    await run.bench.start()
    passes = run.random_passes(run.config.pass_count)
    await run.load(
        [replace(entry, emit_outputs=outputs, emit_counters=counters) for entry in passes]
    )
    await run.run_vectors(run.random_vectors(len(run.passes)))


@cocotb.test()
@cocotb.parametrize(extreme=("shortest", "longest"))
async def lengths(dut: HierarchyObject, extreme: str) -> None:
    """One input, output and row, and the most of each, up to the last row."""
    run = CcuChecker(dut)
    await run.bench.start()
    config = run.config
    long = extreme == "longest"
    rows = min(config.register_depth, config.activation_depth) if long else 1
    for row_base in (0, config.activation_depth - rows):
        length = config.vector_depth if long else 1
        fields = {"inputs": length, "outputs": length, "rows": rows, "row_base": row_base}
        passes = run.random_passes(config.pass_count)
        await run.load([replace(entry, **fields) for entry in passes])
        await run.run_vectors(run.random_vectors(len(passes)))


@cocotb.test()
async def layers_of_several_passes(dut: HierarchyObject) -> None:
    """The halves change roles behind the last pass of a layer; a run begins with the first."""
    run = CcuChecker(dut, "seldom", "seldom")
    await run.bench.start()
    count = run.config.pass_count
    for pattern in range(1 << count):
        swaps = [bool(pattern >> index & 1) for index in range(count)]
        passes = run.random_passes(count)
        await run.load(
            [replace(entry, swap=swap) for entry, swap in zip(passes, swaps, strict=True)]
        )
        await run.run_vectors(run.random_vectors(count), rest=0)


@cocotb.test()
async def one_broadcast_a_cycle(dut: HierarchyObject) -> None:
    """The root's activations go through in the same cycle, from the first one on."""
    run = CcuChecker(dut)
    await run.bench.start()
    await run.load(run.random_passes(1))
    await run.run_vectors([random_values(activation_layout(run.config), run.bench.rng, 50)])
    taken = run.array.source.cycles
    assert taken == list(range(taken[0], taken[0] + 50))
    assert run.array.sink.cycles == taken
    assert taken[0] == run.array.passes[0].computing[1].cycle


@cocotb.test()
async def the_first_pass_is_fetched_ahead(dut: HierarchyObject) -> None:
    """Computing begins behind the start, unless the program or a reset came in between."""
    run = CcuChecker(dut)
    await run.bench.start()
    waits = []
    for again in (False, True, True, False, True):
        if not again:
            await run.load(run.random_passes(run.config.pass_count))
        await run.run_vectors(run.random_vectors(len(run.passes)))
        first = run.array.passes[0]
        waits.append(first.computing[0].cycle - first.restart)
    await run.bench.start()
    await run.run_vectors(run.random_vectors(len(run.passes)))
    fetch = pass_words(run.config) + 2
    assert waits == [fetch, 1, 1, fetch, 1]
    assert run.array.passes[0].computing[0].cycle - run.array.passes[0].restart == fetch


@cocotb.test()
async def the_last_input_arrives(dut: HierarchyObject) -> None:
    """A run begins when nothing is on its way to the PEs any more."""
    host = CcuChecker(dut)
    if host.config.streamed:
        return
    bench = host.bench
    await bench.start()
    await host.load(host.random_passes(1))
    await host.run_vectors(host.random_vectors(1))
    for cycles in (1, 3):
        host.array.begin([])
        bench["loading"].set(1)
        bench["start"].set(1)
        begin = bench.cycle
        await bench.step()
        bench["start"].set(0)
        await bench.step(cycles - 1)
        bench["loading"].set(0)
        host.done.clear()
        await bench.until(lambda: len(host.done.cycles) == 1)
        (seen,) = host.array.passes
        assert seen.computing[0].cycle == begin + cycles + 1


@cocotb.test()
async def refused_at_once(dut: HierarchyObject) -> None:
    """A run that is refused leaves nothing behind: the same program is refused again."""
    run = CcuChecker(dut)
    await run.bench.start()
    passes = run.random_passes(run.config.pass_count)
    await run.load([replace(passes[0], rows=0), *passes[1:]])
    for rest in (0, 1, 2, 3, 20, 0):
        await run.run([], rest=rest)
        assert len(run.array.passes) == 1
        assert not run.array.passes[0].computing
        assert run.bench["error"].number == ErrorCode.PROGRAM
    await run.load(passes)
    await run.run_vectors(run.random_vectors(len(passes)))


@cocotb.test()
@cocotb.parametrize(field=("outputs", "inputs", "rows", "row_base"))
async def a_refused_pass(dut: HierarchyObject, field: str) -> None:
    """A pass that exceeds the array ends the run, wherever it stands; then all works again."""
    run = CcuChecker(dut, "seldom", "seldom")
    for position in range(run.config.pass_count):
        passes = run.random_passes(run.config.pass_count)
        for reason, refused in refused_passes(passes[position], run.config).items():
            if not reason.startswith(f"{field}:"):
                continue
            await run.bench.start()
            await run.load([*passes[:position], refused, *passes[position + 1 :]])
            await run.run_refused(run.random_vectors(position))
            assert run.bench["error"].number == ErrorCode.PROGRAM, reason
            await _works_again(run)


@cocotb.test()
async def no_last_pass(dut: HierarchyObject) -> None:
    """A program that does not end is cut off behind its last pass that there is room for."""
    run = CcuChecker(dut, "seldom", "seldom")
    await run.bench.start()
    for _ in range(2):
        passes = run.random_passes(run.config.pass_count)
        await run.load([replace(entry, last=False) for entry in passes])
        await run.run_refused(run.random_vectors(len(passes)))
        assert run.bench["error"].number == ErrorCode.PROGRAM
    await _works_again(run)


async def _works_again(run: CcuChecker) -> None:
    """Run a good program after a bad one; the error stays until reset."""
    await run.load(run.random_passes(1))
    await run.run_vectors(run.random_vectors(1))
    assert run.bench["error"].number == ErrorCode.PROGRAM
    await run.bench.start()
    assert run.bench["error"].number == ErrorCode.NONE
    await run.run_vectors(run.random_vectors(1))


@cocotb.test()
async def waits_for_the_outputs_before(dut: HierarchyObject) -> None:
    """With double input, nothing is written while the outputs of the run before are sent."""
    host = CcuChecker(dut)
    if not host.config.double_input:
        return
    bench = host.bench
    await bench.start()
    await host.load(host.random_passes(1))
    bench["sending"].set(1)
    host.array.begin(host.random_vectors(1))
    bench["start"].set(1)
    await bench.step()
    bench["start"].set(0)
    await bench.step(200)
    (seen,) = host.array.passes
    assert seen.computing
    assert not seen.rows
    assert not host.done.cycles
    bench["sending"].set(0)
    await bench.until(lambda: len(host.done.cycles) == 1)
    assert len(seen.rows) == host.passes[0].rows
