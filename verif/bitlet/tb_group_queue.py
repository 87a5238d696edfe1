"""Bench of the queue of groups; oracle: which groups have a place."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.group_queue import GroupQueue
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench

BITS = 12
"""Bits of a beat."""

GROUPS = 80
"""Groups of a test."""


class Places(Agent):
    """Checker of when beats wait, and of the ends of groups.

    Parameters
    ----------
    bench : Testbench
    source : StreamSource
    sink : StreamSink
    beats, groups : int
        Of the queue.
    """

    def __init__(
        self, bench: Testbench, source: StreamSource, sink: StreamSink, beats: int, groups: int
    ) -> None:
        self.streams = source, sink
        self.beats = beats
        self.groups = groups
        self.most = self.passed = 0
        self.came = self.went = 0
        super().__init__(bench)

    def sample(self, cycle: int) -> None:
        """Compare with the beats that came and went up to the cycle in front of this one."""
        bench, (source, sink) = self.bench, self.streams
        held = -(-self.came // self.beats) - self.went // self.beats
        free = self.came % self.beats > 0 or held < self.groups
        assert bench["i__ready"].bits == free, cycle
        assert sink.offered == (self.came > self.went or (source.offered and free)), cycle
        if sink.offered:
            assert bench["ends"].bits == ((self.went + 1) % self.beats == 0), cycle
        self.passed += len(sink.items) > self.went == self.came
        self.came, self.went = len(source.items), len(sink.items)
        self.most = max(self.most, held)


@cocotb.test()
@cocotb.parametrize(idle=("never", "seldom", "mostly"), wait=("never", "seldom", "mostly"))
async def groups_in_order(dut: HierarchyObject, idle: str, wait: str) -> None:
    """Beats come out in order; they wait for a place of their group alone."""
    size = current_stimulus()
    beats, groups = size["beats"], size["groups"]
    bench = Testbench(dut, GroupQueue(BITS, beats=beats, groups=groups).signature)
    source = StreamSource(bench, "i", idle)
    sink = StreamSink(bench, "o", wait)
    places = Places(bench, source, sink, beats, groups)
    await bench.start()
    given = bench.rng.integers(1 << BITS, size=beats * GROUPS).tolist()
    source.send(given)
    await bench.until(lambda: len(sink.items) == len(given))
    assert sink.items == given
    if wait == "never":
        assert places.passed == len(given)
        assert idle != "never" or sink.cycles[-1] - sink.cycles[0] == len(given) - 1
    if (idle, wait) == ("never", "mostly"):
        assert places.most == groups
