"""Bench of the write-back; oracle: the model's."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.shell import write_back as unit
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.common.latencies import WRITE_BACK
from zskip.model.eie.pe.write_back import WriteBack as Model
from zskip.verif.common.testbench import Events, Testbench
from zskip.verif.eie.unit import unit_bench, unit_config


class WriteBackChecker:
    """Checker of the write-back, with what it gives.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.bench: Testbench = unit_bench(dut, unit)
        self.given: list[tuple[int, int]] = []
        self.outputs = Events(self.bench, "o_valid", "o_row", "o_activation", "o_saturated")
        self.saturated = Events(self.bench, "o_saturated")

    async def run(
        self, accumulators: NDArray[np.int64], shift: int, relu: bool, density: float = 1.0
    ) -> None:
        """Send rows of a pass, in a part of the cycles, and compare what comes out and when."""
        bench = self.bench
        rows_below = 1 << self.config.activation_row_bits
        row_base = int(bench.rng.integers(rows_below))
        for recorded in (self.outputs, self.saturated):
            recorded.clear()
        bench["shift"].set(shift)
        bench["relu"].set(int(relu))
        bench["row_base"].set(row_base)
        half = (1 << shift) >> 1
        rows: list[int] = []
        cycles: list[int] = []
        for accumulator in accumulators.tolist():
            while bench.rng.random() >= density:
                await self._cycle(0, int(bench.rng.integers(*limits(self.config.acc_bits))))
            cycles.append(bench.cycle)
            rows.append(await self._cycle(1, accumulator + half))
        for _ in range(WRITE_BACK + 1):
            await self._cycle(0, limits(self.config.acc_bits)[1])
        model = Model(row_base, shift, relu)
        written, activations, saturated = model.outputs(np.array(rows), accumulators)
        flags = saturated.astype(int).tolist()
        expected = zip((written % rows_below).tolist(), activations.tolist(), flags, strict=True)
        assert self.outputs.values == list(expected), f"shift {shift}, relu {relu}"
        assert self.outputs.cycles == [cycle + WRITE_BACK for cycle in cycles]
        assert self.saturated.cycles == list(np.array(self.outputs.cycles)[saturated])

    async def _cycle(self, valid: int, rounded: int) -> int:
        """Let a cycle pass with a row or without; return the row's number."""
        row = int(self.bench.rng.integers(self.config.register_depth))
        self.bench["i_valid"].set(valid)
        self.bench["i_row"].set(row)
        self.bench["i_rounded"].set(rounded)
        await self.bench.step()
        return row

    def corners(self, shift: int) -> NDArray[np.int64]:
        """Return accumulators at and around every place where the result changes its kind."""
        low, high = limits(self.config.acc_bits)
        half = (1 << shift) >> 1
        steps = np.array([*limits(ACTIVATION_BITS), -2, -1, 0, 1, 2]) << shift
        middles = np.concatenate((steps - half, steps + half, [low, high]))
        around = (middles[:, np.newaxis] + np.array([-1, 0, 1])).ravel()
        return around[(around >= low) & (around <= high)]


@cocotb.test()
@cocotb.parametrize(relu=(False, True))
async def every_shift(dut: HierarchyObject, relu: bool) -> None:
    """Rounding and saturation corners of every shift, from 0 to the largest."""
    rows = WriteBackChecker(dut)
    await rows.bench.start()
    for shift in range(rows.config.acc_bits):
        await rows.run(rows.corners(shift), shift, relu)


@cocotb.test()
@cocotb.parametrize(density=(1.0, 0.5, 0.1))
async def random_rows(dut: HierarchyObject, density: float) -> None:
    """Random accumulators of every size, with and without gaps between the rows."""
    rows = WriteBackChecker(dut)
    await rows.bench.start()
    rng = rows.bench.rng
    for _ in range(10):
        shift = int(rng.integers(rows.config.acc_bits))
        accumulators = rng.integers(*limits(rows.config.acc_bits), size=40, endpoint=True)
        accumulators >>= rng.integers(rows.config.acc_bits, size=40)
        await rows.run(accumulators, shift, bool(rng.integers(2)), density)


@cocotb.test()
async def rows_of_a_block(dut: HierarchyObject) -> None:
    """The rows of a pass begin at its first one; up to the last of the activation SRAM."""
    rows = WriteBackChecker(dut)
    bench, last = rows.bench, (1 << rows.config.activation_row_bits) - 1
    await bench.start()
    for row_base, row in ((0, 0), (0, 1), (1, 0), (1, 1), (last, 0), (last - 1, 1)):
        rows.outputs.clear()
        bench["row_base"].set(row_base)
        bench["i_valid"].set(1)
        bench["i_row"].set(row)
        bench["i_rounded"].set(7)
        await bench.step()
        bench["i_valid"].set(0)
        bench["i_row"].set(0)
        await bench.step(WRITE_BACK)
        assert rows.outputs.values == [(row_base + row, 7, 0)]
