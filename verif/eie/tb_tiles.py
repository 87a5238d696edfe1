"""Bench of the array with streamed weights; oracles: its results, and the words of the tiles."""

from itertools import chain

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.bitfields import pack, unpack
from zskip.model.common.stream import LOAD_HEADER, ErrorCode
from zskip.model.eie.packets import TILE, TILE_WORD, Target
from zskip.model.eie.passes import PASS_WORD_0
from zskip.verif.common.block_agent import BlockAgent
from zskip.verif.common.block_stimulus import Words, split_packets
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.tb_parity import memories
from zskip.verif.common.testbench import Events

LAST = next(field for field in PASS_WORD_0 if field.name == "last")
"""The mark of the last pass."""


def tiles_of(words: Words) -> list[list[Words]]:
    """Return the packets of each tile of a stream."""
    tiles: list[list[Words]] = [[]]
    for packet in split_packets(words, LOAD_HEADER):
        tiles[-1].append(packet)
        if unpack(LOAD_HEADER, packet[0])["target"] == TILE:
            tiles.append([])
    assert not tiles.pop()
    return tiles


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
@cocotb.parametrize(field=("end", "first"))
async def a_tile_beyond_its_layer(dut: HierarchyObject, field: str) -> None:
    """Such a tile ends the run; the tiles behind it are given up, and the next run is as ever."""
    host = BlockAgent(dut)
    first, *others = tiles_of(host.stimulus.tiles)
    header, word = first[-1]
    fields = unpack(TILE_WORD, word)
    inputs = max(unpack(TILE_WORD, tile[-1][1])["end"] for tile in [first, *others])
    wrong = {"end": inputs + 1, "first": fields["end"]}[field]
    first[-1] = [header, pack(TILE_WORD, **(fields | {field: wrong}))]
    await host.bench.start()
    await host.load(host.stimulus.load)
    await refused_run(host, [first, *others])
    await host.run(0)
    await host.error_is(ErrorCode.TILE)


@cocotb.test()
@cocotb.parametrize(target=(Target.ACTIVATIONS, Target.BIAS, 200))
async def another_packet_while_a_tile_is_due(dut: HierarchyObject, target: int) -> None:
    """It is refused and ends the run, which would wait for ever; the next run is as ever."""
    host = BlockAgent(dut)
    code = ErrorCode.TARGET if target == 200 else ErrorCode.TILE
    words = host.stimulus.inputs[0]
    packet = [pack(LOAD_HEADER, target=target, words=len(words) - 1), *words[1:]]
    tiles = tiles_of(host.stimulus.tiles)
    await host.bench.start()
    await host.load(host.stimulus.load)
    await refused_run(host, [[packet], *tiles], code)
    await host.run(1)
    await host.error_is(code)


async def refused_run(
    host: BlockAgent, tiles: list[list[Words]], code: ErrorCode = ErrorCode.TILE
) -> None:
    """Run an input vector with tiles that end the run before its first result."""
    host.checker.errors = (ErrorCode.NONE, code)
    await host.load(host.stimulus.inputs[0])
    host.checker.expect([], [], overflow=None)
    await host.start(tiles=False)
    host.source.send(word for tile in tiles for packet in tile for word in packet)
    await host.finish()
    await host.load()
    await host.error_is(code)


@cocotb.test()
@cocotb.parametrize(ahead=(1, 2))
async def tiles_in_front_of_the_start(dut: HierarchyObject, ahead: int) -> None:
    """Whole tiles, as many as there are halves, and the next one's header may come early."""
    host = BlockAgent(dut, "seldom", "seldom")
    tiles = [list(chain.from_iterable(tile)) for tile in tiles_of(host.stimulus.tiles)]
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
        if unpack(LOAD_HEADER, words[0])["target"] == Target.PROGRAM
    )
    again = pack(LOAD_HEADER, **unpack(LOAD_HEADER, packet[0]) | {"address": len(packet) - 1})
    await host.bench.start()
    await host.load(host.stimulus.load, [again, *packet[1:]])
    (program,) = (each for each in memories(host.bench, dut) if "program" in each.path)
    program.flip(current_stimulus()["last_pass"], LAST.low)
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
