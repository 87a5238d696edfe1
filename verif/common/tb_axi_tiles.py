"""Bench of streamed weights behind AXI; oracles: the exact results, and `AxiModel`."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.stream import LOAD_HEADER, RESULT_HEADER, ErrorCode
from zskip.verif.common.axi_host import Pauses
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
        await network.recover()
        await network.run(0)


@cocotb.test()
async def results_of_a_run_that_is_cut(dut: HierarchyObject) -> None:
    """A packet of results under way ends with a beat of 0 where the packet of a tile is cut."""
    network = Network(dut, Pauses(receive="always"))
    host = network.host
    await network.begin()
    await network.load(network.stimulus.inputs[0])
    assert await network.start()
    packets = split_packets(network.stimulus.tiles, LOAD_HEADER)
    while not (await host.fields("STATUS"))["sending"]:
        packet = packets.pop(0)
        await network.beats(packet, len(packet) - 1)
        await host.bench.step(100)
    await network.beats(packets[0][:1], 0)
    status = await network.settled()
    network.model.ends()
    assert (status["error"], status["sending"]) == (ErrorCode.EARLY_LAST, 1)
    host.sink.pause("never")
    await host.bench.step(10)
    assert not (await host.fields("STATUS"))["sending"]
    (results,) = host.received()
    first = split_packets(network.stimulus.results[0], RESULT_HEADER)[0]
    assert (results[:-1], results[-1]) == (first[: len(results) - 1], 0)
    await network.check()
    await network.recover()
    await network.run(0)
