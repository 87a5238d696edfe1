"""Bench of the loader; oracle: the memories that `zskip.model.eie.packets` describes."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.stream import LANES, ErrorCode
from zskip.model.eie.packets import Target
from zskip.verif.common.streams import PATTERNS
from zskip.verif.eie.loader_checker import UNKNOWN, LoaderChecker


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, disabled=PATTERNS)
async def random_packets(dut: HierarchyObject, idle: str, disabled: str) -> None:
    """Packets for every memory, with pauses and stretches without `enable` anywhere in them."""
    loading = LoaderChecker(dut, idle, disabled)
    await loading.bench.start()
    for _ in range(15):
        loading.send_good()
    await loading.finish()


@cocotb.test()
async def whole_memories(dut: HierarchyObject) -> None:
    """Packets that fill a memory, and packets for its last word alone."""
    loading = LoaderChecker(dut)
    await loading.bench.start()
    for target, depth in loading.depths.items():
        pe = loading.config.pe_count - 1 if target < Target.ACTIVATIONS else 0
        loading.send(target, 0, depth, pe=pe)
        loading.send(target, depth - 1, 1, pe=pe)
    await loading.finish()


@cocotb.test()
async def a_word_a_cycle(dut: HierarchyObject) -> None:
    """A header takes two cycles more than a word; words of activations wait for few PEs."""
    loading = LoaderChecker(dut)
    await loading.bench.start()
    expected, cycle = [], 0
    for target, depth in loading.depths.items():
        words = min(depth, 5)
        loading.send(target, 0, words)
        duration = LANES // loading.config.pes_per_beat if target is Target.ACTIVATIONS else 1
        ends = [cycle + 1 + duration * number for number in range(1, words + 1)]
        expected += [cycle, *ends]
        cycle = ends[-1] + 1
    await loading.finish()
    assert loading.source.cycles == expected


@cocotb.test()
async def a_write_one_cycle_later(dut: HierarchyObject) -> None:
    """A word reaches its memory in the cycle after the stream has given it."""
    loading = LoaderChecker(dut, "mostly")
    await loading.bench.start()
    for target in (Target.POINTERS, Target.SPMAT, Target.BIAS, Target.PROGRAM):
        loading.send(target, 0, min(4, loading.depths[target]))
    await loading.finish()
    words = [
        cycle + 1
        for cycle, item in zip(loading.source.cycles, loading.source.items, strict=True)
        if item in loading.expected.values()
    ]
    assert [cycle for cycle, _ in loading.writes] == words


@cocotb.test()
@cocotb.parametrize(code=("TARGET", "PE", "RANGE"))
async def bad_packets(dut: HierarchyObject, code: str) -> None:
    """A bad packet is dropped as a whole and reported; the packets around it count."""
    loading = LoaderChecker(dut, "seldom", "seldom")
    depths, pe_count = loading.depths, loading.config.pe_count
    per_pe = [target for target in depths if target < Target.ACTIVATIONS]
    central = [target for target in depths if target >= Target.ACTIVATIONS]
    bad = {
        "TARGET": [
            (UNKNOWN, 0, 3, 0),
            (255, 0, 1, 0),
            (UNKNOWN, 0, 2, pe_count),
            (UNKNOWN + 1, 1 << 19, 2, 0),
        ],
        "PE": [
            *((target, 0, 2, pe_count) for target in per_pe),
            *((target, 0, 2, 1) for target in central),
            (Target.BIAS, 0, 1, 0xFFFF),
            (Target.BIAS, depths[Target.BIAS], 2, pe_count),
        ],
        "RANGE": [
            *((target, depth, 1, 0) for target, depth in depths.items()),
            *((target, depth - 1, 2, 0) for target, depth in depths.items()),
            *((target, 0, depth + 1, 0) for target, depth in depths.items()),
            *((target, (1 << 20) - 1, 1, 0) for target in depths),
        ],
    }[code]
    for target, address, words, pe in bad:
        await loading.bench.start()
        loading.send_good()
        await loading.finish()
        loading.send(target, address, words, pe=pe, bad=True)
        await loading.finish(ErrorCode[code])
        loading.send_good()
        await loading.finish(ErrorCode[code])


@cocotb.test()
async def the_first_error_stays(dut: HierarchyObject) -> None:
    """Later errors do not replace the first one, until reset."""
    loading = LoaderChecker(dut)
    for code, other in ((ErrorCode.PE, ErrorCode.TARGET), (ErrorCode.TARGET, ErrorCode.PE)):
        packets = {
            ErrorCode.PE: (Target.BIAS, loading.config.pe_count),
            ErrorCode.TARGET: (UNKNOWN, 0),
        }
        await loading.bench.start()
        for target, pe in (packets[code], packets[other], packets[other]):
            loading.send(target, 0, 1, pe=pe, bad=True)
            await loading.finish(code)


@cocotb.test()
async def packets_without_data(dut: HierarchyObject) -> None:
    """A packet of no words does nothing, whatever it names; the next word is a header."""
    loading = LoaderChecker(dut)
    await loading.bench.start()
    for target in (*Target, UNKNOWN):
        for pe in (0, loading.config.pe_count):
            for address in (0, (1 << 20) - 1):
                loading.send(target, address, 0, pe=pe, bad=True)
        loading.send_good()
    await loading.finish()


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """After a reset the next word is a header, wherever the last packet was."""
    loading = LoaderChecker(dut)
    words = min(3, loading.depths[Target.SPMAT] - 1)
    for sent in range(words + 1):
        await loading.bench.start()
        loading.send_part(Target.SPMAT, words, sent)
        await loading.bench.until(lambda: loading.source.empty)
        await loading.bench.step(2)
        await loading.bench.start()
        loading.send_good()
        await loading.finish()


@cocotb.test()
async def waits_for_enable(dut: HierarchyObject) -> None:
    """Without `enable` a packet stops wherever it is, and goes on where it stopped."""
    loading = LoaderChecker(dut, "never", "always")
    await loading.bench.start()
    for target, depth in loading.depths.items():
        loading.send(target, 0, min(depth, 3))
    await loading.bench.step(10)
    assert not loading.source.items
    while not loading.source.empty:
        for disabled in ("never", "always"):
            loading.disable(disabled)
            await loading.bench.step()
        taken, writes = len(loading.source.items), len(loading.writes)
        await loading.bench.step(2)
        assert len(loading.source.items) == taken
        assert len(loading.writes) == writes
    await loading.finish()


@cocotb.test()
async def waits_for_a_bank(dut: HierarchyObject) -> None:
    """With banks, inputs wait behind their header for room alone, other packets for `enable`."""
    loading = LoaderChecker(dut)
    if not loading.banks:
        return
    await loading.bench.start()
    for target in (Target.ACTIVATIONS, Target.SPMAT):
        for given, taken in (("room", Target.ACTIVATIONS), ("enable", Target.SPMAT)):
            before = len(loading.source.items)
            loading.grant(given)
            loading.send(target, 0, 2)
            await loading.bench.step(20)
            waits = target != taken
            assert len(loading.source.items) - before == (1 if waits else 3)
            loading.grant(None)
            await loading.finish()
