"""Bench of runs back to back behind AXI; oracles: the results of each vector, and their cycles."""

from collections.abc import Sequence

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.bitfields import pack, unpack
from zskip.model.common.stream import LOAD_HEADER, RESULT_HEADER, ErrorCode
from zskip.verif.common.axi_host import Pauses
from zskip.verif.common.block_stimulus import split_packets
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.tb_axi import Network

MOST_RUNS = 2
"""Runs at a time: one that goes on, and one that waits for its end."""

POLLS = 4000
"""Reads of the status in which a start must be taken again."""


class Flow(Network):
    """A network whose vectors are loaded and started as early as the status lets them."""

    def __init__(self, dut: HierarchyObject, pauses: Pauses | None = None) -> None:
        super().__init__(dut, pauses)
        given = current_stimulus()
        self.interval: int = given["interval"]
        self.latency: int = given["latency"]

    async def ready(self) -> None:
        """Wait until a start is taken."""
        for _ in range(POLLS):
            status = await self.host.fields("STATUS")
            assert status["runs"] <= MOST_RUNS
            assert not (status["runs"] and status["done"])
            if status["ready"]:
                return
        raise AssertionError(f"not ready for {POLLS} reads of the status")

    async def feed(self, vectors: Sequence[int]) -> None:
        """Load and start one vector after the other."""
        for vector in vectors:
            await self.ready()
            await self.load(self.stimulus.inputs[vector])
            assert await self.start()

    async def ended(self, vectors: Sequence[int]) -> None:
        """Wait for the ends of all runs, and compare every word of the results."""
        status = await self.settled()
        self.model.ends()
        assert (status["runs"], status["done"], status["ready"]) == (0, 1, 1)
        assert status["overflow"] == int(self.stimulus.overflow[vectors[-1]])
        await self.host.bench.until(lambda: not self.host.bench["m_axis_tvalid"].bits)
        await self.host.bench.step(40)
        words = [word for vector in vectors for word in self.stimulus.results[vector]]
        assert self.host.received() == split_packets(words, RESULT_HEADER)
        await self.check()

    def vectors(self, count: int) -> list[int]:
        """Draw vectors."""
        return self.rng.integers(len(self.stimulus.inputs), size=count).tolist()


@cocotb.test()
@cocotb.parametrize(
    (
        ("send", "receive", "ask"),
        [
            ("never", "never", "never"),
            ("seldom", "bursts", "never"),
            ("mostly", "seldom", "bursts"),
        ],
    )
)
async def one_after_the_other(dut: HierarchyObject, send: str, receive: str, ask: str) -> None:
    """Every word of every run, in order, whatever the pauses."""
    flow = Flow(dut, Pauses(send=send, receive=receive, ask=ask, answer=receive))
    await flow.begin()
    vectors = [*flow.vectors(9), 1]
    await flow.feed(vectors)
    await flow.ended(vectors)
    assert await flow.host.read("TOTAL_RUNS") == len(vectors)


@cocotb.test()
async def cycles_of_runs(dut: HierarchyObject) -> None:
    """A run alone takes its latency; of runs back to back, each but the first its interval."""
    flow = Flow(dut)
    await flow.begin()
    first = flow.latency + 1
    # The first run of a program may have to fetch a pass in front.
    for _ in range(2):
        await flow.feed([0])
        await flow.ended([0])
    assert await flow.host.read("RUN_CYCLES") == first
    await flow.host.write("CONTROL", clear_totals=1)
    vectors = [0] * 6
    await flow.feed(vectors)
    await flow.ended(vectors)
    run_cycles, total = await flow.host.read("RUN_CYCLES"), await flow.host.read("TOTAL_CYCLES")
    assert run_cycles == flow.interval, f"{run_cycles}, not {flow.interval}"
    assert total == first + (len(vectors) - 1) * flow.interval


@cocotb.test()
async def starts_that_are_refused(dut: HierarchyObject) -> None:
    """One too many, and one in the middle of a packet, change nothing; one has no vector."""
    flow = Flow(dut)
    await flow.begin()
    await flow.feed([0, 1])
    await flow.host.bench.step(20)
    status = await flow.host.fields("STATUS")
    assert (status["busy"], status["ready"], status["runs"]) == (1, 0, MOST_RUNS)
    await flow.host.write("CONTROL", start=1)
    assert not flow.model.start(ready=False)
    await flow.ended([0, 1])
    await flow.recover()
    await flow.feed([1])
    await flow.ready()
    vector = flow.stimulus.inputs[0]
    await flow.beats(vector[:-1])
    assert not await flow.start()
    await flow.beats(vector[-1:], 0)
    await flow.start()
    assert flow.model.error == ErrorCode.START
    await flow.ended([1, 0])
    await flow.recover()
    await flow.feed([0])
    await flow.ready()
    await flow.start()
    await flow.settled()
    assert (await flow.host.fields("ERROR"))["code"] == ErrorCode.INPUT
    await flow.host.bench.step(40)
    assert flow.host.received() == split_packets(flow.stimulus.results[0], RESULT_HEADER)
    await flow.recover()
    await flow.feed([1, 0])
    await flow.ended([1, 0])


@cocotb.test()
@cocotb.parametrize(kind=("early", "late", "bad"))
async def wrong_packets(dut: HierarchyObject, kind: str) -> None:
    """Each is reported by its code beside runs that go on, and good runs follow."""
    flow = Flow(dut, Pauses(send="seldom", receive="seldom"))
    await flow.begin()
    for number in range(max(2, flow.count // 10)):
        vectors = flow.vectors(2 if number % 2 else 1)
        await flow.feed(vectors)
        good = flow.stimulus.inputs[0]
        if kind == "early":
            cut = int(flow.rng.integers(1, len(good)))
            await flow.beats(good[:cut], cut - 1)
        elif kind == "late":
            header = pack(LOAD_HEADER, **unpack(LOAD_HEADER, good[0]) | {"words": 1})
            await flow.beats([*good, header, header], len(good) + 1)
        else:
            words, _ = flow.stimulus.bad[flow.rng.integers(len(flow.stimulus.bad))]
            await flow.beats(words, len(words) - 1)
        await flow.ended(vectors)
        assert flow.model.error
        await flow.recover()
        vectors = flow.vectors(3)
        await flow.feed(vectors)
        await flow.ended(vectors)
        await flow.recover()


@cocotb.test()
async def a_packet_cut_behind_a_run(dut: HierarchyObject) -> None:
    """Results of a run that has ended, and that nobody takes yet, lose nothing by it."""
    flow = Flow(dut, Pauses(receive="always"))
    await flow.begin()
    await flow.feed([0])
    await flow.host.bench.step(4 * flow.interval)
    await flow.beats(flow.stimulus.inputs[0][:2], 1)
    await flow.host.bench.step(flow.interval)
    flow.host.sink.pause("never")
    await flow.ended([0])
    assert flow.model.error == ErrorCode.EARLY_LAST


@cocotb.test()
async def a_program_between_runs(dut: HierarchyObject) -> None:
    """A program that is sent during runs is loaded behind them, and the start behind it waits."""
    flow = Flow(dut)
    await flow.begin()
    await flow.feed([0, 1])
    await flow.load(flow.stimulus.load)
    await flow.feed([1, 0])
    await flow.ended([0, 1, 1, 0])


@cocotb.test()
async def aborts(dut: HierarchyObject) -> None:
    """An abort at any time ends all runs, and those behind it are as ever."""
    flow = Flow(dut, Pauses(send="seldom", receive="seldom"))
    await flow.begin()
    for number in range(max(2, flow.count // 10)):
        await flow.feed(flow.vectors(int(flow.rng.integers(1, 3))))
        words = flow.stimulus.inputs[0]
        if number % 2:
            await flow.ready()
            await flow.beats(words[: int(flow.rng.integers(1, len(words)))])
        await flow.host.bench.step(int(flow.rng.integers(flow.interval)))
        await flow.abort()
        assert (await flow.host.fields("STATUS"))["runs"] == 0
        if flow.model.loading:
            await flow.beats(words[:2], 1)
        await flow.host.bench.step(60)
        flow.host.received()
        await flow.recover()
        vectors = flow.vectors(3)
        await flow.feed(vectors)
        await flow.ended(vectors)


@cocotb.test()
async def receiver_that_stalls(dut: HierarchyObject) -> None:
    """Two runs wait for it, a third start is not taken; then all goes on."""
    flow = Flow(dut, Pauses(receive="always"))
    await flow.begin()
    await flow.feed([1, 0])
    await flow.host.bench.step(4 * flow.interval)
    status = await flow.host.fields("STATUS")
    assert (status["busy"], status["ready"], status["runs"]) == (1, 0, MOST_RUNS)
    flow.host.sink.pause("never")
    await flow.feed([1])
    await flow.ended([1, 0, 1])
