"""Bench of the queue of tiles; oracle: a list of the tiles that are there."""

from collections import deque

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.tile_queue import HALVES, TileQueue
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench


class TilesChecker(Agent):
    """Driver and checker of the queue.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle : str
        Pattern of pauses of `i`.
    """

    def __init__(self, dut: HierarchyObject, idle: str) -> None:
        bench = Testbench(dut, TileQueue().signature)
        self.source = StreamSource(bench, "i", idle)
        self.reset()
        super().__init__(bench)

    def reset(self) -> None:
        """Expect an empty queue."""
        self.tiles: deque[tuple[int, int]] = deque()
        self.half = 0
        self.failed = False

    def sample(self, cycle: int) -> None:
        """Compare what the queue shows, and move on."""
        bench = self.bench
        port = {name: bench[name].number for name in ("begins", "refused", "running", "fails")}
        drop = self.failed and not port["running"]
        assert bench["failed"].number == self.failed, f"failed in cycle {cycle}"
        assert bench["drop"].number == drop, f"drop in cycle {cycle}"
        assert bench["i__ready"].number == (len(self.tiles) < HALVES), f"room in cycle {cycle}"
        assert bench["o__valid"].number == bool(self.tiles), f"a tile in cycle {cycle}"
        assert bench["loading"].number == self.half, f"loading in cycle {cycle}"
        if self.tiles:
            shown = (bench["o__payload"].number, bench["computing"].number)
            assert shown == self.tiles[0], f"tile in cycle {cycle}"
        if bench["o__valid"].number and bench["o__ready"].number:
            self.tiles.popleft()
        if self.source.cycles[-1:] == [cycle] and not drop:
            self.tiles.append((bench["i__payload"].number, self.half))
            self.half ^= 1
        if drop:
            self.tiles.clear()
        self.failed = not port["begins"] and bool(self.failed or port["fails"] or port["refused"])


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def tiles_in_turn(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Tiles come in order, two of them at most, in the halves in turn."""
    queue = TilesChecker(dut, idle)
    sink = StreamSink(queue.bench, "o", stall)
    await queue.bench.start()
    items = queue.bench.rng.integers(1 << 62, size=60).tolist()
    queue.source.send(items)
    await queue.bench.until(lambda: len(sink.items) == len(items), 5000)
    assert sink.items == items


@cocotb.test()
async def given_up(dut: HierarchyObject) -> None:
    """Behind what is refused nothing stays, once no run is under way, up to the next run."""
    queue = TilesChecker(dut, "seldom")
    bench = queue.bench
    await bench.start()
    running = 0
    for _ in range(400):
        if queue.source.empty:
            queue.source.send(bench.rng.integers(1 << 62, size=3).tolist())
        begins = int(not running and bench.rng.random() < 0.2)
        bench["begins"].set(begins)
        bench["o__ready"].set(int(running and bench.rng.random() < 0.3))
        bench["running"].set(running)
        bench["fails"].set(int(running and bench.rng.random() < 0.1))
        bench["refused"].set(int(not running and not begins and bench.rng.random() < 0.1))
        await bench.step()
        running = int(begins or (running and bench.rng.random() < 0.9))
