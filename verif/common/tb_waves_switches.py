"""Bench that shows errors at the ports of blocks behind AXI that only some switches have."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.stream import ErrorCode
from zskip.verif.common.tb_parity import memories
from zskip.verif.common.tb_waves import Scenes


@cocotb.test()
async def a_flipped_bit(dut: HierarchyObject) -> None:
    """A wrong parity behind the first word of a result packet."""
    scenes = Scenes(dut)
    host = scenes.host
    await host.bench.start()
    await host.write("IRQ_ENABLE", done=0, error=1)
    await scenes.load(scenes.stimulus.load)
    await scenes.load(scenes.stimulus.inputs[0])
    await host.write("CONTROL", start=1)
    host.sink.pause("always")
    await host.bench.until(lambda: bool(host.bench["m_axis_tvalid"].bits))
    outputs = (each for each in memories(host.bench, dut) if "act_rw" in each.path)
    for memory in outputs:
        for address in range(len(memory.handle.memory)):
            if memory.handle.memory[address].value.is_resolvable:
                memory.flip(address, 0)
    with scenes.scene("parity", "PARITY: a result packet that has begun gets a last word of 0"):
        await scenes.pause()
        host.sink.pause("never")
        await scenes.error(ErrorCode.PARITY)


@cocotb.test()
async def another_packet_than_a_tile(dut: HierarchyObject) -> None:
    """An input vector that comes while the run waits for a tile."""
    scenes = Scenes(dut)
    host, vector = scenes.host, scenes.stimulus.inputs[0]
    await host.bench.start()
    await host.write("IRQ_ENABLE", done=0, error=1)
    await scenes.load(scenes.stimulus.load)
    await scenes.load(vector)
    await host.write("CONTROL", start=1)
    await host.bench.step(40)
    with scenes.scene("tile", "TILE: another packet while a pass waits for a tile ends the run"):
        await scenes.pause()
        host.send(vector)
        await scenes.error(ErrorCode.TILE)
