"""Bench of the compute engine; oracles: the model's engine and its cycles."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.compute_engine import ComputeEngine
from zskip.model.bitlet.distil import Distilled, distil
from zskip.model.bitlet.engine_cycles import engine_cycles, lane_cycles
from zskip.model.bitlet.latencies import sum_latency
from zskip.model.common.fixed import IntArray, limits
from zskip.verif.bitlet.stimulus import Batch, random_batch
from zskip.verif.bitlet.unit import packed, unit_lanes
from zskip.verif.common.streams import StreamSource, pauses
from zskip.verif.common.testbench import Agent, Events, Testbench

BATCHES = 12
"""Batches that are sent one after the other."""


class Hold(Agent):
    """Driver of `hold`, by a pattern of pauses; and of the biases, which are taken in turn.

    It also checks that a group does not end where it is held.

    Parameters
    ----------
    bench : Testbench
    pattern : str
        When to hold, see `zskip.verif.common.streams.pauses`.
    """

    def __init__(self, bench: Testbench, pattern: str) -> None:
        self._waits = False
        self.biases: list[int] = []
        self._pauses = pauses(pattern, bench.rng)
        super().__init__(bench)

    def drive(self) -> None:
        """Hold or not, and show the next biases."""
        self.bench["hold"].set(next(self._pauses))
        self.bench["biases"].set(self.biases[0] if self.biases else 0)

    def sample(self, cycle: int) -> None:
        """Go on to the biases behind those that are taken."""
        done = self.bench["done"].bits
        assert done or not self._waits, f"a group ended before cycle {cycle}"
        self._waits = bool(done and self.bench["hold"].bits)
        if self.bench["o_begins"].bits:
            self.biases.pop(0)

    def reset(self) -> None:
        """Wait for nothing."""
        self._waits = False


class EngineChecker:
    """Driver and checker of the compute engine.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, hold : str
        Patterns of pauses of the beats, and of waiting for other engines.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", hold: str = "never") -> None:
        self.lanes = unit_lanes()
        self.bench = Testbench(dut, ComputeEngine(self.lanes).signature)
        self.source = StreamSource(self.bench, "i", idle)
        self.hold = Hold(self.bench, hold)
        self.outputs = Events(self.bench, "o_valid", "o")
        self.overflows = Events(self.bench, "overflow", "overflow")

    def batches(
        self, *, joined: bool, signed: bool, mask: int, groups: int | None = None
    ) -> list[Batch]:
        """Return random batches, of so many groups, or of one to four."""
        rng = self.bench.rng
        return [
            random_batch(
                self.lanes,
                rng,
                rows=1 if joined else self.lanes.rows,
                groups=groups or int(rng.integers(1, 5)),
                signed=signed,
                mask=mask,
            )
            for _ in range(BATCHES)
        ]

    async def run(self, batches: list[Batch], mask: int, *, biased: bool = True) -> list[Distilled]:
        """Send batches without a gap, compare all but cycles, and return what the model says."""
        bench, config = self.bench, self.lanes.config
        joined = len(batches[0].rows) < self.lanes.rows
        bench["joined"].set(joined)
        bench["subtracted"].set(batches[0].subtracted)
        bench["mask"].set(mask)
        self.outputs.clear()
        self.overflows.clear()
        wanted = []
        for batch in batches:
            # Sums of random numbers would hardly ever leave the range.
            low, high = limits(config.acc_bits)
            biases = bench.rng.choice([low, high, 0, 12345], self.lanes.rows).tolist()
            biases = biases if biased else [0] * len(biases)
            self.hold.biases.append(packed(biases, config.acc_bits))
            self.source.send(batch.beats())
            kept = biases[: len(batch.rows)]
            wanted.append(distil(batch.rows, config, biases=kept))
        self.began = bench.cycle
        await bench.until(lambda: len(self.outputs.values) == len(batches))
        await bench.step(2)
        rows, bits = len(batches[0].rows), config.acc_bits
        taken = (1 << rows * bits) - 1
        sums = [word & taken for (word,) in self.outputs.values]
        assert sums == [packed(done.sums, bits) for done in wanted]
        self._check_overflows(wanted)
        return wanted

    def _check_overflows(self, wanted: list[Distilled]) -> None:
        """Compare the overflows; lanes that run ahead add up otherwise behind another row."""
        known = 1 if self.lanes.config.run_ahead > 1 else len(wanted)
        end = self.outputs.cycles[known - 1]
        places = zip(self.overflows.cycles, self.overflows.values, strict=True)
        flags = np.array([word for cycle, (word,) in places if cycle <= end], dtype=np.int64)
        told = [int((flags >> row & 1).sum()) for row in range(len(wanted[0].sums))]
        assert told == np.sum([done.overflows for done in wanted[:known]], axis=0).tolist()

    def check_cycles(self, batches: list[Batch]) -> None:
        """Compare the cycle of every output, of equal batches where nothing paused."""
        behind = self.began - 1 + sum_latency(self.lanes.config)
        assert self.outputs.cycles == [behind + end for end in self.ends(batches)]

    def ends(self, batches: list[Batch]) -> list[int]:
        """Return the cycles in which the model ends each batch, from the first beat on."""
        config = self.lanes.config
        taken: list[IntArray] = []
        ends = []
        for batch in batches:
            taken.append(
                np.concatenate(
                    [lane_cycles(row.magnitudes, row.lanes, config) for row in batch.rows], axis=-1
                )
            )
            groups = np.concatenate(taken)
            ends.append(int(engine_cycles(groups[None], config, batch.groups)))
        return ends


@cocotb.test()
@cocotb.parametrize(joined=(False, True), signed=(False, True))
async def cycles_and_sums(dut: HierarchyObject, joined: bool, signed: bool) -> None:
    """Sums, overflows and the cycle of every output, of rows one after the other."""
    engine = EngineChecker(dut)
    await engine.bench.start()
    if joined and engine.lanes.rows == 1:
        return
    mask = (1 << engine.lanes.lanes) - 1
    for groups in (1, 2, engine.lanes.config.run_ahead + 3):
        batches = engine.batches(joined=joined, signed=signed, mask=mask, groups=groups)
        wanted = await engine.run(batches, mask)
        engine.check_cycles(batches)
        assert engine.ends(batches)[0] == wanted[0].cycles


@cocotb.test()
@cocotb.parametrize(idle=("seldom", "bursts"), hold=("never", "mostly"))
async def pauses_and_waiting(dut: HierarchyObject, idle: str, hold: str) -> None:
    """Sums do not depend on pauses between beats, nor on waiting for other engines."""
    engine = EngineChecker(dut, idle, hold)
    await engine.bench.start()
    mask = (1 << engine.lanes.lanes) - 1
    await engine.run(engine.batches(joined=False, signed=False, mask=mask), mask)


@cocotb.test()
async def lanes_switched_off(dut: HierarchyObject) -> None:
    """A lane that is switched off computes with zeros, whatever the weights have there."""
    engine = EngineChecker(dut)
    await engine.bench.start()
    for _ in range(4):
        mask = int(engine.bench.rng.integers(1 << engine.lanes.lanes))
        await engine.run(engine.batches(joined=False, signed=False, mask=mask), mask)


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """Nothing is left of the groups in front of a reset."""
    engine = EngineChecker(dut)
    mask = (1 << engine.lanes.lanes) - 1
    for cycles in range(2, 12):
        batches = engine.batches(joined=False, signed=False, mask=mask, groups=3)
        await engine.bench.start()
        engine.hold.biases = [0] * BATCHES
        for batch in batches:
            engine.source.send(batch.beats())
        await engine.bench.step(cycles)
        await engine.bench.start()
        engine.hold.biases.clear()
        await engine.run(batches[:3], mask)
        engine.check_cycles(batches[:3])
