"""Bench of a whole block from power-up, before its memories are written; oracle: no unknown bit."""

from pathlib import Path

import cocotb
from cocotb.handle import HierarchyObject
from cocotb.triggers import Timer

from zskip.hw.common.block import block_signature
from zskip.model.common.bitfields import unpack
from zskip.model.common.stream import LOAD_HEADER
from zskip.verif.common.block_stimulus import BlockStimulus, split_packets
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench

OUTPUTS = ("i__ready", "o__valid", "busy", "done", "overflow", "error")


class Known(Agent):
    """Agent that reads every flag of a block in every cycle, and counts the runs that end."""

    ended = 0

    def sample(self, cycle: int) -> None:
        """Read the flags, which fails where a bit is unknown."""
        for name in OUTPUTS:
            assert self.bench[name].bits >= 0, cycle
        self.ended += self.bench["done"].bits


@cocotb.test()
async def before_any_edge_of_the_clock(dut: HierarchyObject) -> None:
    """Every flag is known from the beginning."""
    bench = Testbench(dut, block_signature())
    for name in ("i__valid", "i__payload", "o__ready", "start"):
        bench[name].set_bits(0)
    await Timer(1, "ns")
    assert [bench[name].bits for name in OUTPUTS if name != "i__ready"] == [0] * 5


@cocotb.test()
@cocotb.parametrize(loaded=("nothing", "inputs", "inputs and program"))
async def starts_without_all_memories(dut: HierarchyObject, loaded: str) -> None:
    """Starts end, and every flag is known all the time."""
    stimulus = BlockStimulus.open(Path(current_stimulus()["path"]))
    bench = Testbench(dut, block_signature())
    source, _, known = StreamSource(bench, "i"), StreamSink(bench, "o"), Known(bench)
    packets = split_packets(stimulus.load, LOAD_HEADER)
    targets = [unpack(LOAD_HEADER, packet[0])["target"] for packet in packets]
    await bench.start()
    for _ in range(2):
        for packet, target in zip(packets, targets, strict=True):
            if "program" in loaded and target == max(targets):
                source.send(packet)
        if "inputs" in loaded:
            source.send(stimulus.inputs[0])
        await bench.until(lambda: source.empty)
        await bench.step(2)
        bench["start"].set(1)
        await bench.step()
        bench["start"].set(0)
        if "program" in loaded:
            source.send(stimulus.tiles)
        ended = known.ended
        await bench.until(lambda ended=ended: known.ended > ended)
