"""Bench of a flipped bit behind AXI; oracle: the map of the registers, and a run without it."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.registers import BY_NAME
from zskip.model.common.stream import ErrorCode
from zskip.verif.common.tb_axi import Network
from zskip.verif.common.tb_parity import memories


@cocotb.test()
async def reported_by_interrupt(dut: HierarchyObject) -> None:
    """Each SRAM's flip is an error with an interrupt; behind an abort and a load all is well."""
    network = Network(dut)
    host = network.host
    await network.begin()
    await host.write("IRQ_ENABLE", done=0, error=1)
    network.model.write(BY_NAME["IRQ_ENABLE"].offset, 2, 0xF)
    for memory in memories(host.bench, dut):
        await network.load(network.stimulus.inputs[0])
        for address in range(len(memory.handle.memory)):
            memory.flip(address, int(network.rng.integers(memory.bits)))
        assert await network.start()
        await host.interrupted(10_000)
        assert await host.fields("IRQ_CAUSE") == {"done": 0, "error": 1}, memory.path
        status = await network.settled()
        assert (status["done"], status["error"]) == (1, ErrorCode.PARITY), memory.path
        assert (await host.fields("ERROR"))["code"] == ErrorCode.PARITY
        expected = network.stimulus.results[0]
        sent = [word for packet in host.received() for word in packet]
        assert len(sent) < len(expected)
        assert sent[:-1] == expected[: len(sent)][:-1]
        await network.abort()
        await host.write_at(BY_NAME["IRQ_CAUSE"].offset, 0b11)
        await network.load(network.stimulus.load)
        await network.run(0)
        await host.write_at(BY_NAME["IRQ_CAUSE"].offset, 0b11)
        network.model.write(BY_NAME["IRQ_CAUSE"].offset, 0b11, 0xF)
