"""Checkers of units in a cocotb bench: agents that compare what other agents drive and record."""

from typing import Any

from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench


class StreamChecker(Agent):
    """Checker of a unit that gives a stream for a stream.

    Parameters
    ----------
    bench : Testbench
        What the unit stands in.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it, see
        `zskip.verif.common.streams.pauses`.

    Attributes
    ----------
    source : StreamSource
        Feeds `i`.
    sink : StreamSink
        Takes from `o`.
    expected : list
        All that must come out, in order.
    """

    def __init__(self, bench: Testbench, idle: str = "never", stall: str = "never") -> None:
        self.source, self.sink = StreamSource(bench, "i", idle), StreamSink(bench, "o", stall)
        self.expected: list[Any] = []
        super().__init__(bench)

    async def finish(self, rest: int = 8) -> None:
        """Wait until all is through, and some cycles more; nothing is lost, doubled or moved."""
        await self.bench.until(
            lambda: self.source.empty and len(self.sink.items) >= len(self.expected)
        )
        await self.bench.step(rest)
        assert self.sink.items == self.expected
