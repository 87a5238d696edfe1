"""Bench of runs back to back; oracles: the results of each vector, and the cycles of a run."""

from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.common.block import block_signature
from zskip.model.common.stream import ErrorCode
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Events, Testbench


class Host(Agent):
    """Driver of a block that loads, starts and reads as early as the block lets it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of `i` and `o`.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        given: dict[str, Any] = current_stimulus()
        self.stimulus = BlockStimulus.open(Path(given["path"]))
        self.interval: int = given["interval"]
        self.latency: int = given["latency"]
        bench = Testbench(dut, block_signature())
        self.source, self.sink = StreamSource(bench, "i", idle), StreamSink(bench, "o", stall)
        self.done = Events(bench, "done")
        self.overflows: list[int] = []
        super().__init__(bench)

    def reset(self) -> None:
        """Forget the runs under way."""
        self.overflows.clear()
        self.started = 0

    def sample(self, cycle: int) -> None:
        """Note the flag at the end of a run; an end comes while the block is busy."""
        if self.bench["done"].bits:
            assert self.bench["busy"].bits, f"done without a run in cycle {cycle}"
            self.overflows.append(self.bench["overflow"].bits)
        if self.sink.offered:
            assert self.bench["busy"].bits, f"a word without a run in cycle {cycle}"

    async def begin(self) -> None:
        """Reset, and load the program."""
        await self.bench.start()
        self.sink.clear()
        self.done.clear()
        await self.load(self.stimulus.load)

    async def load(self, words: list[int]) -> None:
        """Send words; return in front of the first cycle in which a start counts."""
        self.source.send(words)
        await self.bench.until(lambda: self.source.empty)
        await self.bench.step()

    async def start(self, cycles: int = 1) -> None:
        """Pulse `start`."""
        self.bench["start"].set(1)
        await self.bench.step(cycles)
        self.bench["start"].set(0)
        await self.bench.step()

    async def feed(self, vectors: list[int]) -> None:
        """Load and start one vector after the other, at most one ahead of the run under way."""
        for vector in vectors:
            await self.load(self.stimulus.inputs[vector])
            self.bench["start"].set(1)
            await self.bench.step()
            self.bench["start"].set(0)

    async def finish(self, vectors: list[int]) -> None:
        """Wait for the ends of all runs, and compare all their words."""
        await self.bench.until(lambda: len(self.done.cycles) >= len(vectors))
        assert not self.bench["busy"].bits
        await self.bench.step(20)
        expected = [word for vector in vectors for word in self.stimulus.results[vector]]
        assert [item["data"] for item in self.sink.items] == expected
        ends = sum(bool(item["last"]) for item in self.sink.items)
        assert ends == len(vectors), "one packet of outputs for each run"
        assert len(self.done.cycles) == len(vectors), "one end for each run"
        assert self.overflows == [int(self.stimulus.overflow[vector]) for vector in vectors]

    def vectors(self, count: int) -> list[int]:
        """Draw vectors; no two neighbors are the same."""
        kinds = len(self.stimulus.inputs)
        steps = self.bench.rng.integers(1, kinds, size=count)
        return (np.cumsum(steps) % kinds).tolist()


@cocotb.test()
@cocotb.parametrize(
    (
        ("idle", "stall"),
        [("never", "never"), ("seldom", "bursts"), ("mostly", "seldom"), ("bursts", "mostly")],
    )
)
async def one_after_the_other(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Every word of every run, whatever the pauses."""
    host = Host(dut, idle, stall)
    await host.begin()
    vectors = host.vectors(12)
    await host.feed(vectors)
    await host.finish(vectors)
    assert host.bench["error"].bits == ErrorCode.NONE


@cocotb.test()
async def cycles_between_ends(dut: HierarchyObject) -> None:
    """Runs of one vector end as many cycles apart as the model says."""
    host = Host(dut)
    await host.begin()
    vectors = [0] * 6
    await host.feed(vectors)
    await host.finish(vectors)
    apart = np.diff(host.done.cycles).tolist()
    assert apart[1:] == [host.interval] * (len(vectors) - 2), f"{apart}, not {host.interval}"


@cocotb.test()
async def cycles_of_one_run(dut: HierarchyObject) -> None:
    """A run alone, not the program's first, ends as many cycles later as the model says."""
    host = Host(dut)
    await host.begin()
    await host.feed([0])
    await host.finish([0])
    for recorded in (host.sink, host.done, host.overflows):
        recorded.clear()
    await host.load(host.stimulus.inputs[0])
    begin = host.bench.cycle
    await host.start()
    await host.finish([0])
    latency = host.done.cycles[0] - begin
    assert latency == host.latency, f"{latency}, not {host.latency}"


@cocotb.test()
async def a_receiver_that_waits(dut: HierarchyObject) -> None:
    """Results that are not taken hold the runs behind them, and nothing is lost."""
    host = Host(dut, stall="always")
    await host.begin()
    vectors = host.vectors(3)
    await host.feed(vectors[:2])
    await host.load(host.stimulus.inputs[vectors[2]])
    await host.bench.step(3 * host.interval)
    assert not host.done.cycles
    host.sink.pause("never")
    await host.start()
    await host.finish(vectors)


@cocotb.test()
async def starts_that_do_not_count(dut: HierarchyObject) -> None:
    """A held start counts once, one without a new vector ends behind it, one too many not."""
    host = Host(dut)
    inputs = host.stimulus.inputs
    await host.begin()
    await host.load(inputs[0])
    await host.start(5)
    assert host.bench["error"].bits == ErrorCode.NONE
    await host.start()
    await host.bench.step()
    assert host.bench["error"].bits == ErrorCode.INPUT
    await host.load(inputs[1])
    await host.start()
    await host.bench.until(lambda: len(host.done.cycles) == 2)
    assert host.done.cycles[1] == host.done.cycles[0] + 1
    host.done.clear()
    host.overflows.clear()
    await host.bench.step()
    await host.start()
    await host.load(inputs[0])
    await host.start()
    await host.start()
    host.sink.items[: len(host.stimulus.results[0])] = []
    await host.finish([1, 0])
    await host.feed([1, 0])
    await host.finish([1, 0, 1, 0])


@cocotb.test()
async def other_packets_wait(dut: HierarchyObject) -> None:
    """A program that is sent during a run is loaded behind it and the one that is kept."""
    host = Host(dut)
    await host.begin()
    await host.feed([0, 1])
    await host.load(host.stimulus.load)
    assert len(host.done.cycles) == 2
    await host.feed([1, 0])
    await host.finish([0, 1, 1, 0])


@cocotb.test()
async def reset_at_any_time(dut: HierarchyObject) -> None:
    """Behind a reset everything is as ever, whatever was under way, kept or half loaded."""
    host = Host(dut, "seldom", "seldom")
    for _ in range(12):
        await host.begin()
        await host.feed([0, 1])
        host.source.send(host.stimulus.inputs[0])
        await host.bench.step(int(host.bench.rng.integers(2 * host.interval)))
        host.source.clear()
        await host.begin()
        vectors = host.vectors(3)
        await host.feed(vectors)
        await host.finish(vectors)


@cocotb.test()
async def refused_programs(dut: HierarchyObject) -> None:
    """A refused run behind another one ends behind its results; both ends come."""
    host = Host(dut)
    for words, _, code in host.stimulus.refused[-1:]:
        await host.begin()
        await host.load(words)
        await host.feed([0, 1])
        await host.bench.until(lambda: len(host.done.cycles) == 2)
        assert not host.sink.items
        assert host.bench["error"].bits == code
        await host.begin()
        await host.feed([0, 1])
        await host.finish([0, 1])
