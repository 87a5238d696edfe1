"""Bench of the accumulators; oracle: the model's, written and cleared alike."""

from collections import deque
from typing import NamedTuple

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.pe.accumulators import Accumulators
from zskip.model.common.fixed import limits
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.pe.accumulators import Accumulators as Model
from zskip.verif.common.testbench import Agent
from zskip.verif.common.unit import write
from zskip.verif.eie.unit import unit_bench, unit_config


class Access(NamedTuple):
    """Events of a cycle: a row that is read, one that is written, one that is cleared."""

    read: int | None = None
    write: int | None = None
    clear: int | None = None


class RowsChecker(Agent):
    """Driver of the accumulators, and checker of what they hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.depth = min(self.config.register_depth, self.config.bias_depth)
        self.reads = 0
        self._accesses: deque[Access] = deque()
        self._expected: int | None = None
        super().__init__(unit_bench(dut, Accumulators))

    async def start(self) -> None:
        """Begin with random biases."""
        low, high = limits(self.config.acc_bits)
        self.bias = self.bench.rng.integers(low, high, self.config.bias_depth, endpoint=True)
        self.bias[: self.depth : 3] = np.resize([low, high, -1], self.bias[: self.depth : 3].size)
        await self.bench.start()
        self.model = Model(np.zeros((self.depth, 1), dtype=np.int64), self.bias, self.config)
        self.begin(0)
        await self.write_biases(self.bias, 0)

    async def write_biases(self, biases: NDArray[np.int64], address: int) -> None:
        """Write biases from an address on."""
        self.bias[address : address + biases.size] = biases
        self._start_untouched()
        await write(
            self.bench, "w_bias", (b % (1 << STREAM_BITS) for b in biases.tolist()), address
        )

    def begin(self, bias_base: int) -> None:
        """Begin a pass; every row stands for its bias."""
        self.bench["bias_base"].set(bias_base)
        self._bias_base = bias_base
        self._touched: set[int] = set()
        self._start_untouched()

    def _start_untouched(self) -> None:
        """Let rows that nothing was added to start from their biases."""
        rows = np.array([row for row in range(self.depth) if row not in self._touched])
        self.model.start(self._bias_base, rows.astype(np.int64))

    async def run(self, *accesses: Access) -> None:
        """Let accesses happen, one after the other, and look at what the last one reads."""
        self._accesses += accesses
        await self.bench.step(len(accesses) + 1)

    async def read_all(self) -> None:
        """Read every row."""
        await self.run(*(Access(read=row) for row in range(self.depth)))

    async def clear_all(self) -> None:
        """Clear every row, as write-back does."""
        await self.run(*(Access(clear=row) for row in range(self.depth)))

    def drive(self) -> None:
        """Present the next access; what it does not use is random."""
        bench, rng = self.bench, self.bench.rng
        access = self._accesses.popleft() if self._accesses else Access()
        self._access = access
        low, high = limits(self.config.acc_bits)
        corner = rng.random() < 0.25
        self._data = int(rng.choice([low, high, 0, -1]) if corner else rng.integers(low, high))
        changed = access.write if access.clear is None else access.clear
        for side, row in (("r", access.read), ("w", changed)):
            anything = int(rng.integers(self.depth))
            bench[f"port__{side}_row"].set(anything if row is None else row)
        bench["port__r_en"].set(access.read is not None)
        bench["port__w_en"].set(access.write is not None)
        bench["port__w_clear"].set(access.clear is not None)
        bench["port__w_data"].set(self._data)

    def sample(self, cycle: int) -> None:
        """Compare what the last cycle has read: it shows the writes up to that cycle."""
        if self._expected is not None:
            shown = self.bench["port__r_data"].number
            assert shown == self._expected, f"cycle {cycle}"
            self.reads += 1
        read, written, cleared = self._access
        if written is not None:
            self._touched.add(written)
            self.model.values[written] = self._data
        if cleared is not None:
            self._touched.discard(cleared)
            self.model.start(self._bias_base, np.array([cleared]))
        self._expected = None if read is None else int(self.model.values[read, 0])

    def random_accesses(self, count: int, rows: int, density: float) -> list[Access]:
        """Return random accesses to the first rows, a tenth of the changes a clearing.

        A row is not cleared in the cycle in which it is read.
        """
        rng = self.bench.rng

        def some_row() -> int | None:
            return int(rng.integers(rows)) if rng.random() < density else None

        accesses = []
        for _ in range(count):
            read, changed = some_row(), some_row()
            if changed != read and rng.random() < 0.1:
                accesses.append(Access(read, clear=changed))
            else:
                accesses.append(Access(read, write=changed))
        return accesses


@cocotb.test()
@cocotb.parametrize(density=(0.3, 0.7, 1.0), few=(False, True))
async def random_accesses(dut: HierarchyObject, density: float, few: bool) -> None:
    """Any mixture of reads, writes and clearings, pass after pass with other biases."""
    rows = RowsChecker(dut)
    await rows.start()
    for _ in range(3):
        rows.begin(int(rows.bench.rng.integers(rows.bias.size - rows.depth, endpoint=True)))
        count = min(3, rows.depth) if few else rows.depth
        await rows.run(*rows.random_accesses(150, count, density))
        await rows.read_all()
        await rows.clear_all()
        await rows.read_all()
    assert rows.reads >= 6 * rows.depth


@cocotb.test()
async def every_row_starts_from_its_bias(dut: HierarchyObject) -> None:
    """From the first address of the biases to the last, without a preload."""
    rows = RowsChecker(dut)
    await rows.start()
    for bias_base in (0, rows.bias.size - rows.depth):
        rows.begin(bias_base)
        await rows.read_all()


@cocotb.test()
async def a_touched_row_forgets_its_bias(dut: HierarchyObject) -> None:
    """One row is written, and no other one changes; clearing it brings its bias back."""
    rows = RowsChecker(dut)
    await rows.start()
    for row in {0, 1 % rows.depth, rows.depth // 2, rows.depth - 1}:
        await rows.run(Access(write=row))
        await rows.read_all()
        await rows.run(Access(clear=row))
        await rows.read_all()
        await rows.run(Access(write=row), Access(clear=row), Access(write=row), Access(read=row))
        await rows.run(Access(clear=row), Access(read=row))


@cocotb.test()
async def reads_and_writes_of_one_row(dut: HierarchyObject) -> None:
    """A read shows the write of its own cycle, touched or not, and not the one of the next."""
    rows = RowsChecker(dut)
    await rows.start()
    row = rows.depth - 1
    for _ in range(2):
        await rows.run(Access(read=row, write=row))
        await rows.run(Access(read=row), Access(write=row))
        await rows.run(Access(read=row, write=row), Access(read=row, write=row))
        await rows.run(Access(read=row), Access(clear=row))
        await rows.run(Access(read=row), Access(write=row))
        await rows.run(Access(clear=row))


@cocotb.test()
async def biases_are_written_again(dut: HierarchyObject) -> None:
    """New biases show in rows that nothing was added to, and in no other ones."""
    rows = RowsChecker(dut)
    await rows.start()
    await rows.run(Access(write=0))
    low, high = limits(rows.config.acc_bits)
    for address in range(1, rows.depth):
        await rows.write_biases(rows.bench.rng.integers(low, high, 1), address)
    await rows.read_all()
    await rows.run(Access(clear=0))
    await rows.read_all()
