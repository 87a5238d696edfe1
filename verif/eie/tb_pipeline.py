"""Bench of a processing element; oracle: what the model gives for its part of each pass."""

from itertools import pairwise
from typing import NamedTuple

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.interfaces import CODEBOOK
from zskip.hw.eie.pe.pipeline import Pipeline
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import (
    COUNTER_BITS,
    COUNTERS_PER_WORD,
    STREAM_BITS,
    pack_activations,
    unpack_counters,
)
from zskip.model.eie.ccu import Ccu, PassRun
from zskip.model.eie.counters import PER_PE, UNTIMED
from zskip.model.eie.latencies import write_back_latency
from zskip.model.eie.network import Network
from zskip.model.eie.packets import POINTER_HALF_BITS, Target
from zskip.model.eie.passes import Pass, local_depth
from zskip.model.eie.pe.pipeline import Pipeline as Model
from zskip.model.eie.program import plan
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Events
from zskip.verif.eie.branch_agent import TurnAgent
from zskip.verif.eie.broadcasts import broadcasts, offers, told
from zskip.verif.eie.ccu_agent import AHEAD, settings_names
from zskip.verif.eie.stimulus import random_activations, random_network
from zskip.verif.eie.unit import unit_bench, unit_config

COUNTER_LATENCY = 2
"""Cycles from an entry at the arithmetic to its counter."""

ENTRY_LATENCY = 7
"""Cycles from a broadcast to the first entry at the arithmetic."""

LATENCY = 11
"""Cycles from a broadcast to the write of its first accumulator, when an overflow shows."""


class Cycle(NamedTuple):
    """Visible state of the PE in a cycle.

    Parameters
    ----------
    number : int
        Which.
    compute : bool
        Whether it is one of computing mode.
    idle : bool
        Whether the PE is idle.
    entries : int
        The counter of entries.
    """

    number: int
    compute: bool
    idle: bool
    entries: int


class ElementChecker(Agent):
    """Checker of one processing element, with a bench in the place of the rest of the array.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the broadcast and of the LNZD tree.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, Pipeline)
        self.source = StreamSource(bench, "i", idle)
        self.sink = StreamSink(bench, "o__stream", stall)
        if self.config.tells_rounds:
            TurnAgent(bench, "o")
        self.overflows = Events(bench, "overflow")
        self.history: list[Cycle] = []
        self._recording = False
        super().__init__(bench)

    def sample(self, cycle: int) -> None:
        """Note what shows in a cycle of computing mode, and in the one behind it."""
        if not self._recording:
            return
        bench = self.bench
        self.history.append(
            Cycle(
                cycle,
                bool(bench["control__compute"].number),
                bool(bench["idle"].number),
                bench["word"].number & ((1 << COUNTER_BITS) - 1),
            )
        )

    async def start(self, network: Network, pe: int) -> None:
        """Begin as one of the PEs, and load its part of a network."""
        self.network, self.pe = network, pe
        self.program = plan(network)
        await self.bench.start()
        self.bench["pe"].set(pe)
        pairs = self.program.pointers[pe].astype(np.uint64).reshape(-1, 2)
        memories = {
            Target.POINTERS: pairs[:, 0] | pairs[:, 1] << np.uint64(POINTER_HALF_BITS),
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
        lanes, pe_count = self.config.pes_per_beat, self.config.pe_count
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
        source, half = vector, 0
        outputs: list[NDArray[np.int64]] = []
        results = Ccu(self.program).run(vector[np.newaxis])
        for entry, result in zip(self.program.passes, results, strict=True):
            self.bench["control__settings__half"].set(half)
            await self._compute(entry, source)
            await self._write_back(entry)
            outputs.append(result.outputs[0])
            await self._compare_outputs(entry, np.concatenate(outputs))
            await self._compare_counters(entry, result)
            if entry.swap:
                half = 1 - half
                source, outputs = np.concatenate(outputs), []

    async def _command(self, name: str) -> None:
        """Give a command for one cycle."""
        self.bench[name].set(1)
        await self.bench.step()
        self.bench[name].set(0)

    async def _compute(self, entry: Pass, source: NDArray[np.int64]) -> None:
        """Broadcast the non-zero activations of a pass; take those of the PE itself."""
        bench = self.bench
        await self._load(CODEBOOK, pack_activations(entry.codebook))
        for name in {*settings_names(self.config), "inputs"} - {"half"}:
            bench[f"control__settings__{name}"].set(int(getattr(entry, name)))
        bench["readout__unit"].set(self.pe)
        bench["readout__counter"].set(0)
        bench["readout__count"].set(1)
        await self._command("control__restart")
        await bench.step(AHEAD - 1)
        for recorded in (self.source, self.sink, self.overflows, self.history):
            recorded.clear()
        sent = broadcasts(source, entry.group_bits, self.config)
        own = [item for word in offers(source, self.pe, self.config) for item in word]
        assert bench["idle"].number
        self.source.send(each.fields for each in sent)
        bench["control__compute"].set(1)
        self._recording = True
        await bench.until(lambda: self.source.empty and len(self.sink.items) == len(own))
        await bench.until(lambda: bool(bench["idle"].number and not bench["o__more"].number))
        # The last entry is at the arithmetic now at the latest.
        await bench.step()
        bench["control__compute"].set(0)
        await bench.step(COUNTER_LATENCY)
        self._recording = False
        bench["readout__count"].set(0)
        assert told(self.sink.items) == own
        assert self.source.items == [each.fields for each in sent]
        self._compare_idle(entry, [each.columns for each in sent])

    def _compare_idle(self, entry: Pass, sent: list[tuple[int, ...]]) -> None:
        """Check that all entries of the broadcasts so far have come wherever the PE is idle."""
        (memories,) = self.program.pass_tiles(0)
        counts = Model(self.config, memories, self.pe).columns(entry, entry.inputs).counts
        # Entries of the columns that were broadcast up to each cycle.
        given = np.cumsum([0, *(counts[list(columns)].sum() for columns in sent)])
        cycles = np.array(self.source.cycles)
        for cycle, counted in zip(self.history, self.history[COUNTER_LATENCY:], strict=False):
            if cycle.idle:
                count = np.count_nonzero(cycles < cycle.number)
                assert counted.entries == given[count], f"idle in {cycle}"

    async def _write_back(self, entry: Pass) -> None:
        """Write the rows of a pass back."""
        bench = self.bench
        bench["control__write_back"].set(1)
        for row in range(entry.rows):
            bench["control__row"].set(row)
            await bench.step()
        bench["control__write_back"].set(0)
        await bench.step(write_back_latency(self.config))

    async def _compare_outputs(self, entry: Pass, outputs: NDArray[np.int64]) -> None:
        """Compare the outputs of the layer so far."""
        bench = self.bench
        depth = min(entry.row_base + entry.rows, local_depth(entry.outputs, self.config))
        expected = np.zeros(depth, dtype=np.int64)
        mine = outputs[self.pe :: self.config.pe_count]
        expected[: mine.size] = mine
        lanes = self.config.pes_per_beat
        bench["readout__unit"].set(self.pe // lanes * lanes)
        given = []
        for row in range(depth):
            bench["readout__row"].set(row)
            await self._command("readout__read")
            given.append(bench["word"].number)
        place = ACTIVATION_BITS * (self.pe % lanes)
        assert given == [value % (1 << ACTIVATION_BITS) << place for value in expected.tolist()]

    async def _compare_counters(self, entry: Pass, result: PassRun) -> None:
        """Compare the counters of a pass; those of cycles with what showed in each cycle."""
        counters = await self._counters()
        untimed = {name: int(result.counters.per_pe[name][0, self.pe]) for name in UNTIMED}
        assert {name: counters[name] for name in UNTIMED} == untimed
        # An entry at the arithmetic shows in its counter later.
        counts = [cycle.entries for cycle in self.history[COUNTER_LATENCY - 1 :]]
        busy = [
            not cycle.idle or after != before
            for cycle, (before, after) in zip(self.history, pairwise(counts), strict=False)
            if cycle.compute
        ]
        assert counters["busy"] == busy.count(True)
        assert counters["starved"] == busy.count(False)
        assert len(self.overflows.cycles) == counters["overflows"]

    async def _counters(self) -> dict[str, int]:
        """Return the PE's counters."""
        self.bench["readout__unit"].set(self.pe)
        words = []
        for word in range(len(PER_PE) // COUNTERS_PER_WORD):
            self.bench["readout__counter"].set(word)
            await self._command("readout__count")
            words.append(self.bench["word"].number)
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
    element = ElementChecker(dut, idle, stall)
    for pe in {0, element.config.pe_count - 1}:
        await element.start(element.random_network(0.4), pe)
        for vector in element.random_vectors(3):
            await element.run(vector)


@cocotb.test()
@cocotb.parametrize(density=(0.0, 0.03, 1.0))
async def matrices_from_empty_to_full(dut: HierarchyObject, density: float) -> None:
    """A PE without an entry gives its biases; runs of empty columns; no column empty."""
    element = ElementChecker(dut)
    await element.start(element.random_network(density, (8, 6)), element.config.pe_count // 2)
    for vector in element.random_vectors(2):
        await element.run(vector)


@cocotb.test()
async def long_columns(dut: HierarchyObject) -> None:
    """Columns as long as the accumulators, so that the queues fill up."""
    element = ElementChecker(dut)
    depth = min(element.config.register_depth, element.config.activation_depth)
    await element.start(element.random_network(0.5, (6, depth)), 0)
    for vector in element.random_vectors(2):
        await element.run(vector)


@cocotb.test()
@cocotb.parametrize(density=(0.1, 0.6))
async def layers_of_several_passes(dut: HierarchyObject, density: float) -> None:
    """A layer with more rows than accumulators runs in passes, on the same inputs."""
    element = ElementChecker(dut, "seldom", "seldom")
    depth = min(2 * element.config.register_depth + 1, element.config.activation_depth)
    assert depth > element.config.register_depth
    await element.start(element.random_network(density, (2, depth, 3)), 0)
    assert any(entry.row_base for entry in element.program.passes)
    for vector in element.random_vectors(3):
        await element.run(vector)


@cocotb.test()
async def one_entry_a_cycle(dut: HierarchyObject) -> None:
    """With one lane, broadcasts without a pause give entries without a bubble, on time."""
    element = ElementChecker(dut)
    if element.config.lanes > 1:
        return
    await element.start(element.random_network(1.0, (4, 5)), 0)
    vector = np.arange(1, element.network.inputs + 1)
    await element.run(vector)
    begin = element.source.cycles[0] + ENTRY_LATENCY + COUNTER_LATENCY
    rows = element.program.passes[0].rows
    for cycle in element.history:
        expected = min(max(0, cycle.number - begin + 1), rows * vector.size)
        assert cycle.entries == expected, f"{cycle}"


@cocotb.test()
async def latency_of_a_broadcast(dut: HierarchyObject) -> None:
    """With one lane, the PE works on an entry until it is at the arithmetic; then comes its sum."""
    element = ElementChecker(dut)
    if element.config.lanes > 1:
        return
    await element.start(element.random_network(1.0, (1, 1)), 0)
    for value in (-1, 32767, -32768):
        vector = np.zeros(element.network.inputs, dtype=np.int64)
        vector[-1] = value
        await element.run(vector)
        (begin,) = element.source.cycles
        busy = [cycle.number for cycle in element.history if not cycle.idle]
        assert busy == list(range(begin + 1, begin + ENTRY_LATENCY))
        assert {cycle.number for cycle in element.history if cycle.entries} == set(
            range(begin + ENTRY_LATENCY + COUNTER_LATENCY, element.history[-1].number + 1)
        )
        assert element.overflows.cycles in ([], [begin + LATENCY])
    if element.config.acc_bits == 24:
        assert element.overflows.cycles
