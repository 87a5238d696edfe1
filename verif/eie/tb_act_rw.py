"""Bench of the activation read/write; oracle: the model's files, pass after pass."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.pe.act_rw import WRITE_BACK_CYCLES, ActRW
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.eie.config import STREAM_BITS, Config
from zskip.model.eie.lnzd import broadcast_order
from zskip.model.eie.pe.act_rw import ActRW as Model
from zskip.verif.common.ports import Fields, Port
from zskip.verif.common.streams import PATTERNS, StreamSink
from zskip.verif.common.testbench import Events, Testbench
from zskip.verif.eie.unit import unit_bench, unit_config, write

LATENCY = 2
"""Cycles from the begin of computing to the first activation."""


class Accesses:
    """Agent that plays the arithmetic unit: random reads and writes of accumulators.

    What is read in a cycle must show in the next, with the writes of the cycle of the read.

    Parameters
    ----------
    bench : Testbench
    accumulators : ndarray of int64, shape (rows, 1)
        The model's destination file, which is kept up to date.
    """

    def __init__(self, bench: Testbench, accumulators: NDArray[np.int64]) -> None:
        self.rows = 0
        self._bench = bench
        self._accumulators = accumulators
        self._expected: int | None = None
        bench.add(self)

    def drive(self) -> None:
        """Read and write some of the first `rows` rows."""
        rng = self._bench.rng
        for side in ("r", "w"):
            self._port(side, "en").set(int(self.rows > 0 and rng.random() < 0.6))
            self._port(side, "row").set(int(rng.integers(max(1, self.rows))))
        low, high = limits(self._port("w", "data").width)
        corner = rng.random() < 0.1
        data = rng.choice([low, high]) if corner else rng.integers(low, high) >> rng.integers(40)
        self._port("w", "data").set(int(data))

    def sample(self, cycle: int) -> None:
        """Compare what the last cycle has read."""
        if self._expected is not None:
            assert self._port("r", "data").number == self._expected, f"cycle {cycle}"
        if self._port("w", "en").number:
            self._accumulators[self._port("w", "row").number] = self._port("w", "data").number
        self._expected = None
        if self._port("r", "en").number:
            self._expected = int(self._accumulators[self._port("r", "row").number, 0])

    def _port(self, side: str, name: str) -> Port:
        return self._bench[f"accumulators__{side}_{name}"]


class Files:
    """The activation read/write, and the model's.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    stall : str
        Pattern of pauses of the LNZD tree.
    """

    def __init__(self, dut: HierarchyObject, stall: str = "never") -> None:
        self.config: Config = unit_config()
        self.bench = unit_bench(dut, ActRW)
        shape = (self.config.register_depth, 1)
        self.model = Model(np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64))
        self.sink = StreamSink(self.bench, "o", stall)
        self.accesses = Accesses(self.bench, self.model.accumulators)
        self.saturated = Events(self.bench, "saturated")
        self.busy = Events(self.bench, "busy")

    async def start(self) -> None:
        """Begin with random biases, as one of the PEs."""
        bench = self.bench
        self.pe = int(bench.rng.integers(self.config.pe_count))
        low, high = limits(self.config.acc_bits)
        self.bias = bench.rng.integers(low, high, size=self.config.bias_depth, endpoint=True)
        self.bias[::3] >>= bench.rng.integers(40)
        await bench.start()
        bench["pe"].set(self.pe)
        await write(bench, "w_bias", (bias % (1 << STREAM_BITS) for bias in self.bias.tolist()))

    async def load(self, activations: NDArray[np.int64]) -> None:
        """Write the source file from row 0."""
        self.model.load(activations[:, np.newaxis])
        await write(self.bench, "w_source", activations % (1 << ACTIVATION_BITS))

    def random_activations(self, zeros: float) -> NDArray[np.int64]:
        """Return a source file with a share of zeros; a negative activation is none."""
        rng = self.bench.rng
        low, high = limits(ACTIVATION_BITS)
        activations = rng.integers(low, high, size=self.config.register_depth, endpoint=True)
        corners = rng.permuted(np.resize([low, -1, 1, high], activations.size))
        activations = np.where(rng.random(activations.size) < 0.5, activations, corners)
        activations[rng.random(activations.size) < zeros] = 0
        return activations

    def expected(self) -> list[Fields]:
        """Return what the source file must send to the LNZD tree."""
        source = self.model.source[:, 0]
        one_pe = self.config.replace(pe_count=1, register_depth=4)
        return [
            {"value": int(source[row]), "index": row * self.config.pe_count + self.pe}
            for row in broadcast_order(source != 0, one_pe).tolist()
        ]

    async def compute(self, rows: int, bias_base: int) -> None:
        """Send all of the source file out, while accumulators are read and written."""
        expected = self.expected()
        self.model.preload(self.bias[bias_base : bias_base + rows])
        self.bench["control__settings__bias_base"].set(bias_base)
        self.bench["control__compute"].set(1)
        self.accesses.rows = rows
        self.sink.clear()
        self.busy.clear()
        begin = self.bench.cycle
        await self.bench.step(50)
        await self.bench.until(lambda: not self.bench["busy"].number)
        self.accesses.rows = 0
        await self.bench.step()
        self.bench["control__compute"].set(0)
        assert self.sink.items == expected
        end = self.sink.cycles[-1] + 1 if expected else begin
        assert self.busy.cycles == list(range(begin, end))

    async def write_back(self, rows: int, shift: int, relu: bool) -> None:
        """Write the accumulators back, swap the files, and compare the new source file."""
        bench = self.bench
        self.saturated.clear()
        bench["control__settings__shift"].set(shift)
        bench["control__settings__relu"].set(int(relu))
        bench["control__write_back"].set(1)
        for row in range(rows):
            bench["control__row"].set(row)
            await bench.step()
        bench["control__write_back"].set(0)
        await bench.step(WRITE_BACK_CYCLES - 1)
        bench["control__swap"].set(1)
        await bench.step()
        bench["control__swap"].set(0)
        saturated = self.model.write_back(rows, shift, relu)
        await self.compare_source(rows)
        assert len(self.saturated.cycles) == saturated[0]

    async def compare_source(self, rows: int) -> None:
        """Read the first rows of the source file, as the emitter does; the last read holds."""
        bench = self.bench
        for row in bench.rng.permutation(rows).tolist():
            bench["control__read"].set(1)
            bench["control__row"].set(row)
            await bench.step()
            bench["control__read"].set(0)
            bench["control__row"].set(int(bench.rng.integers(rows)))
            await bench.step(int(bench.rng.integers(2)))
            assert bench["activation"].number == self.model.source[row, 0], f"row {row}"

    async def run_pass(self, rows: int) -> None:
        """Run a pass with random settings."""
        rng = self.bench.rng
        bias_base = int(rng.integers(self.config.bias_depth - rows, endpoint=True))
        await self.compute(rows, bias_base)
        shift = int(rng.integers(self.config.acc_bits))
        await self.write_back(rows, shift, bool(rng.integers(2)))


@cocotb.test()
@cocotb.parametrize(stall=PATTERNS, zeros=(0.3, 0.95))
async def passes_one_after_the_other(dut: HierarchyObject, stall: str, zeros: float) -> None:
    """The files swap from pass to pass; every row starts from its bias, touched or not."""
    files = Files(dut, stall)
    await files.start()
    await files.load(files.random_activations(zeros))
    depth = files.config.register_depth
    for rows in (depth, 1, max(1, depth // 2)):
        await files.run_pass(rows)


@cocotb.test()
async def sends_one_a_cycle(dut: HierarchyObject) -> None:
    """Nothing leaves before computing; then one activation a cycle, two cycles later."""
    files = Files(dut)
    await files.start()
    await files.load(files.random_activations(0.0))
    await files.bench.step(5)
    assert not files.sink.items
    assert files.bench["busy"].number
    begin = files.bench.cycle + LATENCY
    await files.compute(1, 0)
    assert files.sink.cycles == list(range(begin, begin + files.config.register_depth))


@cocotb.test()
async def all_zero_activations(dut: HierarchyObject) -> None:
    """There is nothing to send, and nothing to wait for."""
    files = Files(dut)
    await files.start()
    await files.load(np.zeros(files.config.register_depth, dtype=np.int64))
    assert not files.bench["busy"].number
    await files.run_pass(files.config.register_depth)


@cocotb.test()
async def bias_alone(dut: HierarchyObject) -> None:
    """Rows that nothing is added to give their bias; the last row of the memory is used."""
    files = Files(dut)
    await files.start()
    depth = files.config.register_depth
    for bias_base in (0, files.config.bias_depth - depth):
        await files.compute(0, bias_base)
        files.model.preload(files.bias[bias_base : bias_base + depth])
        await files.write_back(depth, files.config.acc_bits // 2, False)


@cocotb.test()
async def finish_forgets_the_source(dut: HierarchyObject) -> None:
    """After a run nothing of its last layer is sent; the next input starts afresh."""
    files = Files(dut)
    await files.start()
    for _ in range(3):
        await files.load(files.random_activations(0.3))
        await files.run_pass(files.config.register_depth)
        files.bench["control__finish"].set(1)
        await files.bench.step()
        files.bench["control__finish"].set(0)
        assert not files.bench["busy"].number
        files.model.source[:] = 0
        await files.compute(files.config.register_depth, 0)
        await files.write_back(files.config.register_depth, 0, True)
        files.bench["control__finish"].set(1)
        await files.bench.step()
        files.bench["control__finish"].set(0)


@cocotb.test()
async def a_zero_written_over_a_value(dut: HierarchyObject) -> None:
    """The flag follows the last write of a row."""
    files = Files(dut)
    await files.start()
    await files.load(files.random_activations(0.0))
    await files.load(files.random_activations(0.5))
    await files.run_pass(1)
