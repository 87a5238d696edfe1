"""Bench of the emitter; oracle: the result packets that `zskip.model.eie.packets` describes."""

from collections import deque

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.shell import emitter
from zskip.model.common.bitfields import unpack
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.common.stream import (
    COUNTER_BITS,
    COUNTERS_PER_WORD,
    LANES,
    RESULT_HEADER,
    Kind,
    unpack_activations,
    unpack_counters,
)
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.latencies import readout_latency
from zskip.verif.common.streams import PATTERNS, StreamSink
from zskip.verif.common.testbench import Agent, Events
from zskip.verif.eie.unit import unit_bench, unit_config

HEADER_LATENCY = 1
"""Cycles from a request to the header."""


class EmitterChecker(Agent):
    """Checker of the emitter, with the outputs and counters of PEs, which it reads.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    stall : str
        Pattern of pauses of the host.
    """

    def __init__(self, dut: HierarchyObject, stall: str = "never") -> None:
        self.config = config = unit_config()
        bench = unit_bench(dut, emitter)
        self.sink = StreamSink(bench, "o", stall)
        self.done = Events(bench, "request__done")
        rng = bench.rng
        rows = (config.activation_depth, config.pe_count)
        self.activations = rng.integers(*limits(ACTIVATION_BITS), size=rows, endpoint=True)
        self.central = rng.integers(1 << COUNTER_BITS, size=len(CENTRAL))
        self.counters = rng.integers(1 << COUNTER_BITS, size=(config.pe_count, len(PER_PE)))
        self._latency = readout_latency(config)
        self._coming: deque[int] = deque()
        super().__init__(bench)

    def reset(self) -> None:
        """Forget what was asked for."""
        self._coming = deque([0] * self._latency)

    def drive(self) -> None:
        """Give the word that was asked for, or anything."""
        self.bench["word"].set(self._coming.popleft())

    def sample(self, cycle: int) -> None:
        """Note which word is asked for."""
        readout = {
            name: self.bench[f"readout__{name}"].number
            for name in ("read", "count", "unit", "row", "counter")
        }
        word = int(self.bench.rng.integers(1 << 63))
        if readout["read"]:
            row, first = self.activations[readout["row"]], readout["unit"]
            lanes = row[first : first + self.config.pes_per_beat]
            word = _join(lanes.tolist(), ACTIVATION_BITS)
        if readout["count"]:
            first = readout["counter"] * COUNTERS_PER_WORD
            counters = self.counters[readout["unit"], first : first + COUNTERS_PER_WORD]
            word = _join(counters.tolist(), COUNTER_BITS)
        self._coming.append(word)

    async def request(self, kind: Kind, outputs: int) -> list[int]:
        """Ask for a packet; return its beats' cycles, counted from the request."""
        bench = self.bench
        begin, pass_index = bench.cycle, int(bench.rng.integers(1 << 16))
        self.sink.clear()
        self.done.clear()
        bench["request__kind"].set(kind)
        bench["request__pass_index"].set(pass_index)
        bench["request__outputs"].set(outputs)
        bench["request__central"].set(_join(self.central.tolist(), COUNTER_BITS))
        bench["request__valid"].set(1)
        await bench.until(lambda: bool(self.done.cycles))
        bench["request__valid"].set(0)
        assert self.done.cycles == [self.sink.cycles[-1] + 1]
        self._compare(kind, pass_index, outputs)
        return [cycle - begin for cycle in self.sink.cycles]

    def _compare(self, kind: Kind, pass_index: int, outputs: int) -> None:
        """Compare the packet just received."""
        header, *words = (beat["data"] for beat in self.sink.items)
        assert [beat["last"] for beat in self.sink.items] == [0] * len(words) + [1]
        data = np.array(words, dtype=np.uint64)
        if kind is Kind.OUTPUTS:
            size = -(-outputs // LANES)
            given, expected = unpack_activations(data, outputs), self.activations.ravel()[:outputs]
        else:
            expected = np.concatenate((self.central, self.counters.ravel()))
            size = expected.size // COUNTERS_PER_WORD
            given = unpack_counters(data)
        assert unpack(RESULT_HEADER, header) == {
            "kind": kind,
            "pass_index": pass_index,
            "words": size,
        }
        assert data.size == size
        assert given.tolist() == expected.tolist()

    def output_cycles(self, outputs: int) -> list[int]:
        """Return when the beats of outputs come, counted from the request."""
        lanes = self.config.pes_per_beat
        steps = -(-outputs // lanes)
        first = HEADER_LATENCY + self._latency + 1
        whole = (step for step in range(steps) if (step + 1) % (LANES // lanes) == 0)
        return [HEADER_LATENCY, *(first + step for step in sorted({*whole, steps - 1}))]

    def counter_cycles(self) -> list[int]:
        """Return when the beats of counters come: the central ones first."""
        central = len(CENTRAL) // COUNTERS_PER_WORD
        others = self.counters.size // COUNTERS_PER_WORD
        first = HEADER_LATENCY + central + self._latency + 1
        own = range(HEADER_LATENCY, HEADER_LATENCY + central + 1)
        return [*own, *range(first, first + others)]


def _join(values: list[int], bits: int) -> int:
    """Return values side by side, the first in the lowest bits."""
    return sum((value & ((1 << bits) - 1)) << bits * i for i, value in enumerate(values))


@cocotb.test()
@cocotb.parametrize(stall=PATTERNS)
async def outputs_of_every_length(dut: HierarchyObject, stall: str) -> None:
    """Output vectors from one activation to the longest, whatever they end in."""
    array = EmitterChecker(dut, stall)
    await array.bench.start()
    longest = array.config.vector_depth
    some = array.bench.rng.integers(1, longest, size=10, endpoint=True)
    for outputs in (1, 2, 3, 4, 5, longest - 1, longest, *some.tolist()):
        await array.request(Kind.OUTPUTS, outputs)


@cocotb.test()
@cocotb.parametrize(stall=PATTERNS)
async def outputs_and_counters_in_turn(dut: HierarchyObject, stall: str) -> None:
    """Requests follow one another at once, or after a while."""
    array = EmitterChecker(dut, stall)
    await array.bench.start()
    for wait in (0, 0, 1, 5):
        outputs = int(array.bench.rng.integers(1, array.config.vector_depth, endpoint=True))
        await array.request(Kind.OUTPUTS, outputs)
        await array.request(Kind.COUNTERS, outputs)
        await array.bench.step(wait)


@cocotb.test()
async def duration_of_outputs(dut: HierarchyObject) -> None:
    """A word a cycle; few PEs take a cycle for each row."""
    array = EmitterChecker(dut)
    await array.bench.start()
    for outputs in (1, 4, 7, array.config.vector_depth):
        assert await array.request(Kind.OUTPUTS, outputs) == array.output_cycles(outputs)
        await array.bench.step(2)


@cocotb.test()
async def duration_of_counters(dut: HierarchyObject) -> None:
    """A word a cycle behind the header, those of the PEs later by the way to them."""
    array = EmitterChecker(dut)
    await array.bench.start()
    assert await array.request(Kind.COUNTERS, 1) == array.counter_cycles()


@cocotb.test()
async def waits_for_the_host(dut: HierarchyObject) -> None:
    """Nothing is done until the host takes the last word; without a request nothing is sent."""
    array = EmitterChecker(dut, "always")
    await array.bench.start()
    await array.bench.step(10)
    assert not array.sink.offered
    array.bench["request__kind"].set(Kind.OUTPUTS)
    array.bench["request__outputs"].set(LANES)
    array.bench["request__valid"].set(1)
    for beats in range(2):
        await array.bench.step(20)
        assert array.sink.offered
        assert len(array.sink.items) == beats
        assert not array.done.cycles
        array.sink.pause("never")
        await array.bench.step()
        array.sink.pause("always")
    assert len(array.sink.items) == 2
    await array.bench.step()
    assert array.done.cycles == [array.sink.cycles[-1] + 1]
