"""Bench of streamed weights behind AXI; oracles: the exact results, and `AxiModel`."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.registers import BY_NAME
from zskip.model.common.stream import LOAD_HEADER, ErrorCode
from zskip.verif.common.block_stimulus import split_packets
from zskip.verif.common.tb_axi import Network


@cocotb.test()
async def a_packet_that_ends_too_early(dut: HierarchyObject) -> None:
    """It ends the run, and is reported; behind an abort runs are as ever."""
    network = Network(dut)
    await network.begin()
    packet = split_packets(network.stimulus.tiles, LOAD_HEADER)[0]
    for cut in (1, len(packet) - 1):
        await network.load(network.stimulus.inputs[0])
        assert await network.start()
        await network.beats(packet[:cut], cut - 1)
        status = await network.settled()
        network.model.ends()
        assert (status["done"], status["runs"], status["error"]) == (1, 0, ErrorCode.EARLY_LAST)
        await network.check()
        await network.abort()
        await network.host.write_at(BY_NAME["IRQ_CAUSE"].offset, 0b11)
        network.model.write(BY_NAME["IRQ_CAUSE"].offset, 0b11, 0xF)
        await network.run(0)
