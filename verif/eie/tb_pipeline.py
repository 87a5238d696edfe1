"""Bench of a processing element; oracle: what the model gives for its part of each pass."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.interfaces import CODEBOOK
from zskip.hw.eie.pe.act_rw import WRITE_BACK_CYCLES
from zskip.hw.eie.pe.pipeline import Pipeline
from zskip.model.eie.ccu import Ccu, PassResult
from zskip.model.eie.config import STREAM_BITS
from zskip.model.eie.counters import PER_PE, UNTIMED
from zskip.model.eie.lnzd import broadcast_order
from zskip.model.eie.network import Network
from zskip.model.eie.packets import (
    COUNTERS_PER_WORD,
    POINTER_HALF_BITS,
    Target,
    pack_activations,
    unpack_counters,
)
from zskip.model.eie.schedule import Pass, local_depth, plan
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Events
from zskip.verif.eie.random_network import random_activations, random_network
from zskip.verif.eie.unit import unit_bench, unit_config

LATENCY = 10
"""Cycles from a broadcast to the first one in which its accumulator is in the file."""


class Element:
    """One processing element, with a bench in the place of the rest of the array.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the broadcast and of the LNZD tree.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Pipeline)
        self.source, self.sink = (
            StreamSource(self.bench, "i", idle),
            StreamSink(self.bench, "o", stall),
        )
        self.overflows = Events(self.bench, "overflow")
        self.computing = Events(self.bench, "control__compute", "idle")

    async def start(self, network: Network, pe: int) -> None:
        """Begin as one of the PEs, and load its part of a network."""
        self.network, self.pe = network, pe
        self.program = plan(network)
        await self.bench.start()
        self.bench["pe"].set(pe)
        pairs = self.program.pointers[pe].reshape(-1, 2)
        memories = {
            Target.POINTERS: pairs[:, 0] | pairs[:, 1] << POINTER_HALF_BITS,
            Target.SPMAT: self.program.spmat[pe],
            Target.BIAS: self.program.bias[pe].view(np.uint64),
        }
        for number in (pe, (pe + 1) % 256, pe ^ 128):
            for target, words in memories.items():
                await self._load(target, words, number)
                # What the other PEs get is not for this one.
                rng = self.bench.rng
                memories[target] = np.frombuffer(rng.bytes(8 * words.size), dtype=np.uint64)

    async def _load(self, target: int, words: NDArray[np.generic], pe: int = 0) -> None:
        """Put words for consecutive addresses on the load bus."""
        bench = self.bench
        bench["load__en"].set(1)
        bench["load__target"].set(target)
        bench["load__pe"].set(pe)
        for address, word in enumerate(words.tolist()):
            bench["load__address"].set(address)
            bench["load__data"].set(word)
            await bench.step()
        bench["load__en"].set(0)

    async def load_input(self, vector: NDArray[np.int64]) -> None:
        """Load an input vector, with words for groups of PEs that this one is not in."""
        lanes, pe_count = self.config.lanes, self.config.pe_count
        padded = np.zeros(self.config.vector_depth, dtype=np.int64)
        padded[: vector.size] = vector
        groups = padded.reshape(-1, pe_count // lanes, lanes)
        for group in range(pe_count // lanes):
            words = [int(pack_activations(row)[0]) for row in groups[:, group]]
            await self._load(Target.ACTIVATIONS, np.array(words, np.uint64), group * lanes)
        await self._load(Target.ACTIVATIONS, np.array([(1 << STREAM_BITS) - 1], np.uint64), 252)

    async def run(self, vector: NDArray[np.int64]) -> None:
        """Run every pass on an input vector, and compare."""
        await self.load_input(vector)
        results = Ccu(self.program, self.network.inputs).run(vector[np.newaxis])
        source = vector
        for entry, result in zip(self.program.passes, results, strict=True):
            await self._compute(entry, source)
            await self._write_back(entry)
            await self._compare(entry, result)
            source = result.outputs[0]
        await self._command("finish")
        assert self.bench["idle"].number

    async def _command(self, name: str) -> None:
        """Give a command for one cycle."""
        self.bench[f"control__{name}"].set(1)
        await self.bench.step()
        self.bench[f"control__{name}"].set(0)

    async def _compute(self, entry: Pass, source: NDArray[np.int64]) -> None:
        """Broadcast the non-zero activations of a pass; take those of the PE itself."""
        bench = self.bench
        for recorded in (self.source, self.sink, self.overflows, self.computing):
            recorded.clear()
        await self._load(CODEBOOK, pack_activations(entry.codebook))
        for name in ("pointer_base", "bias_base", "shift", "relu"):
            bench[f"control__settings__{name}"].set(int(getattr(entry, name)))
        await self._command("restart")
        order = broadcast_order(source != 0, self.config).tolist()
        broadcasts: list[Fields] = [{"value": int(source[i]), "index": i} for i in order]
        own = [item for item in broadcasts if item["index"] % self.config.pe_count == self.pe]
        assert bench["idle"].number == (not own)
        self.source.send(broadcasts)
        bench["control__compute"].set(1)
        await bench.until(lambda: self.source.empty and len(self.sink.items) == len(own))
        await bench.until(lambda: bool(bench["idle"].number))
        bench["control__compute"].set(0)
        assert self.sink.items == own
        assert self.source.items == broadcasts

    async def _write_back(self, entry: Pass) -> None:
        """Write the rows of a pass back, and swap the files."""
        bench = self.bench
        bench["control__write_back"].set(1)
        for row in range(local_depth(entry.outputs, self.config)):
            bench["control__row"].set(row)
            await bench.step()
        bench["control__write_back"].set(0)
        await bench.step(WRITE_BACK_CYCLES - 1)
        await self._command("swap")

    async def _compare(self, entry: Pass, result: PassResult) -> None:
        """Compare the activations and the counters of a pass."""
        bench = self.bench
        expected = np.zeros(local_depth(entry.outputs, self.config), dtype=np.int64)
        mine = result.outputs[0, self.pe :: self.config.pe_count]
        expected[: mine.size] = mine
        given = []
        for row in range(expected.size):
            bench["control__row"].set(row)
            await self._command("read")
            given.append(bench["activation"].number)
        assert given == expected.tolist()
        counters = await self._counters()
        untimed = {name: int(result.counters[name][0, self.pe]) for name in UNTIMED}
        assert {name: counters[name] for name in UNTIMED} == untimed
        assert counters["busy"] + counters["starved"] == len(self.computing.cycles)
        assert len(self.overflows.cycles) == counters["overflows"]

    async def _counters(self) -> dict[str, int]:
        """Return the PE's counters."""
        words = []
        for word in range(len(PER_PE) // COUNTERS_PER_WORD):
            self.bench["control__counter"].set(word)
            await self.bench.step()
            words.append(self.bench["counters"].number)
        values = unpack_counters(np.array(words, dtype=np.uint64))
        return dict(zip(PER_PE, values.tolist(), strict=True))

    def random_network(self, density: float, rows: tuple[int, ...] = (5, 3, 4)) -> Network:
        """Return a network with that many inputs and outputs for each PE, less one."""
        sizes = tuple(count * self.config.pe_count - 1 or 1 for count in rows)
        seed = int(self.bench.rng.integers(1 << 30))
        return random_network(self.config, sizes, density, seed, magnitude=30_000)

    def random_vectors(self, count: int) -> NDArray[np.int64]:
        """Return input vectors, of which the first is all zero and the last has no zero."""
        seed = int(self.bench.rng.integers(1 << 30))
        return random_activations(self.network.inputs, count, seed)


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=("never", "mostly"))
async def random_networks(dut: HierarchyObject, idle: str, stall: str) -> None:
    """All passes of a network on sparse and full vectors, for the first PE and for the last."""
    element = Element(dut, idle, stall)
    for pe in {0, element.config.pe_count - 1}:
        await element.start(element.random_network(0.4), pe)
        for vector in element.random_vectors(3):
            await element.run(vector)


@cocotb.test()
@cocotb.parametrize(density=(0.0, 0.03, 1.0))
async def matrices_from_empty_to_full(dut: HierarchyObject, density: float) -> None:
    """A PE without an entry gives its biases; runs of empty columns; no column empty."""
    element = Element(dut)
    await element.start(element.random_network(density, (8, 6)), element.config.pe_count // 2)
    for vector in element.random_vectors(2):
        await element.run(vector)


@cocotb.test()
async def long_columns(dut: HierarchyObject) -> None:
    """Columns as long as the files, so that the activation queue fills up."""
    element = Element(dut)
    depth = element.config.register_depth
    await element.start(element.random_network(0.5, (2, depth)), 0)
    for vector in element.random_vectors(2):
        await element.run(vector)


@cocotb.test()
async def latency_of_a_broadcast(dut: HierarchyObject) -> None:
    """The PE is at work on a single entry until its sum is in the file."""
    element = Element(dut)
    await element.start(element.random_network(1.0, (1, 1)), 0)
    vector = np.zeros(element.network.inputs, dtype=np.int64)
    vector[-1] = -1
    await element.run(vector)
    (begin,) = element.source.cycles
    assert element.computing.cycles == list(range(begin, begin + LATENCY))
    assert set(element.computing.values) == {(0,)} or element.computing.values[0] == (1,)
