"""Driver of a whole block of any engine."""

from pathlib import Path

from cocotb.handle import HierarchyObject

from zskip.hw.common.block import block_signature
from zskip.model.common.stream import RESULT_HEADER
from zskip.verif.common.block_checker import BlockChecker
from zskip.verif.common.block_stimulus import BlockStimulus, Words, split_packets
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import StreamSink, StreamSource, pauses
from zskip.verif.common.testbench import Agent, Testbench

FOREVER = 1 << 30
"""The checker ends what hangs long before."""


class BlockAgent(Agent):
    """Driver of a block, with its checker: loads, starts runs, and takes the results.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of `i` and `o`.
    quiet : str
        Pattern of the cycles of a run in which `start` is not pulsed once more.
    """

    def __init__(
        self,
        dut: HierarchyObject,
        idle: str = "never",
        stall: str = "never",
        quiet: str = "always",
    ) -> None:
        self.stimulus = BlockStimulus.open(Path(current_stimulus()["path"]))
        bench = Testbench(dut, block_signature())
        self.source, self.sink = StreamSource(bench, "i", idle), StreamSink(bench, "o", stall)
        self.start_held = False
        self._quiet = pauses(quiet, bench.rng)
        self.checker = BlockChecker(
            bench,
            self.source,
            self.sink,
            streamed=len(self.stimulus.tiles),
            ahead=self.stimulus.ahead,
        )
        super().__init__(bench)

    def drive(self) -> None:
        """Start a run, or pulse `start` in the middle of one."""
        again = self.checker.running and not next(self._quiet)
        self.bench["start"].set(self.start_held or again)

    async def load(self, *packets: Words) -> None:
        """Send words; return in front of the first cycle in which a start counts."""
        for words in packets:
            self.source.send(words)
        await self.bench.until(lambda: self.source.empty, FOREVER)
        await self.bench.step()

    def expect(self, vector: int, packets: int | None = None, *, headers: bool = False) -> None:
        """Expect the results of an input vector, or only the first packets of them."""
        results = split_packets(self.stimulus.results[vector], RESULT_HEADER)[:packets]
        cycles = self.stimulus.cycles[vector][: len(results) + 1]
        flag = self.stimulus.overflow[vector] if packets is None and not headers else None
        self.checker.expect(results, cycles, flag, headers=headers)

    async def start(self, *, tiles: bool = True) -> None:
        """Start a run, and send the tiles that belong to it, if there are any."""
        self.start_held = True
        await self.bench.step()
        self.start_held = False
        if tiles:
            self.source.send(self.stimulus.tiles)

    async def finish(self) -> None:
        """Wait until the run is done."""
        runs = self.checker.runs
        await self.bench.until(lambda: self.checker.runs > runs, FOREVER)

    async def run(self, vector: int, packets: int | None = None) -> None:
        """Load an input vector and run it."""
        await self.load(self.stimulus.inputs[vector])
        self.expect(vector, packets)
        await self.start()
        await self.finish()

    async def run_all(self) -> None:
        """Load the program and run every input vector, each offered while the one before runs."""
        inputs = self.stimulus.inputs
        self.source.send(self.stimulus.load)
        self.source.send(inputs[0])
        for vector in range(len(inputs)):
            await self.load()
            self.expect(vector)
            await self.start()
            if vector + 1 < len(inputs):
                self.source.send(inputs[vector + 1])
            await self.finish()

    async def error_is(self, code: int) -> None:
        """Check the error once everything has arrived."""
        await self.bench.step(2)
        assert self.bench["error"].number == code
