"""Bench of any array with streamed weights; oracles: its results, and the words of the tiles."""

from itertools import chain

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.bitfields import pack, unpack
from zskip.model.common.stream import LOAD_HEADER, ErrorCode
from zskip.verif.common.block_agent import BlockAgent
from zskip.verif.common.block_stimulus import Words, split_packets
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.tb_parity import memories
from zskip.verif.common.testbench import Events
from zskip.verif.common.tile_stimulus import tiles_of

UNKNOWN = "no target"
"""In place of the name of a target."""


def target_code(name: str) -> int:
    """Return the code of a target, or one that no engine has."""
    return 200 if name == UNKNOWN else current_stimulus()["targets"][name]


@cocotb.test()
async def cycles_of_a_run(dut: HierarchyObject) -> None:
    """A run takes no more cycles than it may, whatever limits it."""
    host = BlockAgent(dut)
    busy = Events(host.bench, "busy")
    await host.bench.start()
    await host.load(host.stimulus.load)
    for vector in range(len(host.stimulus.inputs)):
        busy.clear()
        await host.run(vector)
        limit = current_stimulus()["limits"][vector]
        assert len(busy.cycles) <= limit, f"{len(busy.cycles)} cycles, not up to {limit}"


@cocotb.test()
async def tiles_that_are_refused(dut: HierarchyObject) -> None:
    """Such a tile ends the run; the tiles behind it are given up, and the next run is as ever."""
    host = BlockAgent(dut)
    for tiles, packets, code in current_stimulus()["refused"]:
        await host.bench.start()
        await host.load(host.stimulus.load)
        await refused_run(host, tiles, code, packets)
        await host.run(0)
        await host.error_is(code)


@cocotb.test()
@cocotb.parametrize(target=("ACTIVATIONS", "BIASES", UNKNOWN))
async def another_packet_while_a_tile_is_due(dut: HierarchyObject, target: str) -> None:
    """It is refused and ends the run, which would wait for ever; the next run is as ever."""
    host = BlockAgent(dut)
    code = ErrorCode.TARGET if target == UNKNOWN else ErrorCode.TILE
    words = host.stimulus.inputs[0]
    packet = [pack(LOAD_HEADER, target=target_code(target), words=len(words) - 1), *words[1:]]
    await host.bench.start()
    await host.load(host.stimulus.load)
    await refused_run(host, [*packet, *host.stimulus.tiles], code)
    await host.run(1)
    await host.error_is(code)


async def refused_run(host: BlockAgent, tiles: Words, code: int, packets: int = 0) -> None:
    """Run an input vector with tiles that end the run behind its first results."""
    host.checker.errors = (ErrorCode.NONE, code)
    await host.load(host.stimulus.inputs[0])
    host.expect(0, packets)
    await host.start(tiles=False)
    host.source.send(tiles)
    await host.finish()
    await host.load()
    await host.error_is(code)


@cocotb.test()
@cocotb.parametrize(ahead=(1, 2))
async def tiles_in_front_of_the_start(dut: HierarchyObject, ahead: int) -> None:
    """Whole tiles, as many as there are halves, and the next one's header may come early."""
    host = BlockAgent(dut, "seldom", "seldom")
    tiles = [
        list(chain.from_iterable(tile))
        for tile in tiles_of(host.stimulus.tiles, target_code("TILE"))
    ]
    await host.bench.start()
    await host.load(host.stimulus.load)
    for vector in range(2):
        await host.load(host.stimulus.inputs[vector], *tiles[:ahead])
        for tile in tiles[ahead:]:
            host.source.send(tile)
        await host.bench.step(20)
        host.expect(vector)
        await host.start(tiles=False)
        await host.finish()
    await host.error_is(ErrorCode.NONE)


@cocotb.test()
async def a_run_without_an_end(dut: HierarchyObject) -> None:
    """A flipped mark of the last pass is reported; no pass behind it waits for a tile for ever."""
    host = BlockAgent(dut)
    packet = next(
        words
        for words in split_packets(host.stimulus.load, LOAD_HEADER)
        if unpack(LOAD_HEADER, words[0])["target"] == target_code("PROGRAM")
    )
    again = pack(LOAD_HEADER, **unpack(LOAD_HEADER, packet[0]) | {"address": len(packet) - 1})
    await host.bench.start()
    await host.load(host.stimulus.load, [again, *packet[1:]])
    (program,) = (each for each in memories(host.bench, dut) if "program" in each.path)
    program.flip(*current_stimulus()["last_pass"])
    host.checker.errors = (ErrorCode.NONE, ErrorCode.PARITY)
    await host.load(host.stimulus.inputs[0])
    host.checker.expect([], [], overflow=None)
    await host.start()
    await host.finish()
    await host.error_is(ErrorCode.PARITY)


@cocotb.test()
async def reset_in_a_tile(dut: HierarchyObject) -> None:
    """Behind a reset the tiles begin anew, wherever it came."""
    host = BlockAgent(dut)
    tiles = host.stimulus.tiles
    await host.bench.start()
    for cut in host.bench.rng.integers(1, len(tiles), size=6).tolist():
        await host.load(host.stimulus.load, host.stimulus.inputs[0])
        host.expect(0)
        await host.start()
        await host.bench.until(lambda cut=cut: host.source.left <= cut, 1 << 20)
        await host.bench.start()
        host.source.clear()
        await host.load(host.stimulus.load)
        await host.run(1)
