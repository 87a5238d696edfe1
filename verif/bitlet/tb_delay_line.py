"""Bench of the delay line; oracle: the beats themselves, and a line of places for them."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.delay_line import DelayLine
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench

GROUPS = 60
"""Groups that are sent in a test."""


class Whole(Agent):
    """Checker that the first beat of a group comes out when its last one has gone in.

    Parameters
    ----------
    bench : Testbench
    source, sink : StreamSource, StreamSink
        Ends of the line.
    beats : int
        Beats of a group.
    """

    def __init__(
        self, bench: Testbench, source: StreamSource, sink: StreamSink, beats: int
    ) -> None:
        self._source = source
        self._sink = sink
        self._beats = beats
        super().__init__(bench)

    def sample(self, cycle: int) -> None:
        """Look at the places of the beats in their groups."""
        sent = len(self._source.cycles) - (self._source.cycles[-1:] == [cycle])
        assert self.bench["opens"].bits == (sent % self._beats == 0)
        assert self.bench["closes"].bits == (sent % self._beats == self._beats - 1)
        if self._sink.offered:
            group = (len(self._sink.items) - self.bench["o__ready"].bits) // self._beats
            assert sent >= (group + 1) * self._beats


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, pause=PATTERNS)
async def groups_in_order(dut: HierarchyObject, idle: str, pause: str) -> None:
    """Every beat comes out once, in order; without pauses as late as the line is long."""
    given = current_stimulus()
    beats, width = given["beats"], given["width"]
    bench = Testbench(dut, DelayLine(width, beats=beats).signature)
    source = StreamSource(bench, "i", idle)
    sink = StreamSink(bench, "o", pause)
    Whole(bench, source, sink, beats)
    await bench.start()
    items = bench.rng.integers(1 << width, size=GROUPS * beats).tolist()
    source.send(items)
    await bench.until(lambda: len(sink.items) == len(items))
    assert sink.items == items
    late = [out - come for come, out in zip(source.cycles, sink.cycles, strict=True)]
    assert min(late) >= beats
    if idle == pause == "never":
        assert set(late) == {beats}
