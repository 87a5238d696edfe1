"""Bench of a PE's counters; oracle: sums, in the order that `zskip.model.eie.counters` gives."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.common.counter import LOW_BITS
from zskip.hw.eie.pe.counters import Counters
from zskip.model.common.stream import COUNTER_BITS, COUNTERS_PER_WORD, unpack_counters
from zskip.model.eie.counters import PER_PE
from zskip.verif.common.testbench import Testbench
from zskip.verif.eie.unit import unit_bench, unit_config


def largest() -> int:
    """Return the most that an event may add: an entry with all the padding in front of it."""
    return 1 << unit_config().gap_bits


async def read(bench: Testbench) -> dict[str, int]:
    """Return every counter while nothing is counted."""
    words = []
    for name in PER_PE:
        bench[f"events__{name}"].set(0)
    await bench.step()
    for word in range(len(PER_PE) // COUNTERS_PER_WORD):
        bench["select"].set(word)
        await bench.step()
        words.append(bench["word"].number)
    values = unpack_counters(np.array(words, dtype=np.uint64))
    return dict(zip(PER_PE, values.tolist(), strict=True))


async def restart(bench: Testbench) -> None:
    """Clear the counters."""
    bench["restart"].set(1)
    await bench.step()
    bench["restart"].set(0)


@cocotb.test()
async def count_what_happens(dut: HierarchyObject) -> None:
    """Each counter adds its own events, beyond its low bits, and begins anew after a restart."""
    bench = unit_bench(dut, Counters)
    await bench.start()
    for cycles in (1500, 1, 100):
        totals = dict.fromkeys(PER_PE, 0)
        for _ in range(cycles):
            for name in PER_PE:
                event = int(bench.rng.integers(largest(), endpoint=True))
                totals[name] += event
                bench[f"events__{name}"].set(event)
            await bench.step()
        assert cycles < 1500 or min(totals.values()) > 1 << LOW_BITS
        assert await read(bench) == totals
        await restart(bench)
        assert await read(bench) == dict.fromkeys(PER_PE, 0)


@cocotb.test()
async def one_at_a_time(dut: HierarchyObject) -> None:
    """An event shows in its counter, two cycles later, and in no other one."""
    bench = unit_bench(dut, Counters)
    await bench.start()
    for number, name in enumerate(PER_PE):
        await restart(bench)
        bench["select"].set(number // COUNTERS_PER_WORD)
        bench[f"events__{name}"].set(largest())
        await bench.step()
        bench[f"events__{name}"].set(0)
        assert bench["word"].number == 0
        await bench.step()
        assert bench["word"].number == largest() << (number % COUNTERS_PER_WORD * COUNTER_BITS)
        assert await read(bench) == {other: largest() * (other == name) for other in PER_PE}


@cocotb.test()
async def restart_wins(dut: HierarchyObject) -> None:
    """Events in the cycle of a restart are not counted."""
    bench = unit_bench(dut, Counters)
    await bench.start()
    for name in PER_PE:
        bench[f"events__{name}"].set(1)
    await bench.step(3)
    await restart(bench)
    assert set((await read(bench)).values()) == {0}
