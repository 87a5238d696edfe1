"""Bench of a whole block of any engine; oracle: the exact result stream of its stimulus."""

import itertools

import cocotb
from cocotb.handle import HierarchyObject

from zskip.model.common.bitfields import pack, unpack
from zskip.model.common.stream import LOAD_HEADER, ErrorCode
from zskip.verif.common.block_agent import FOREVER, BlockAgent
from zskip.verif.common.block_stimulus import Words


@cocotb.test()
@cocotb.parametrize(
    (
        ("idle", "stall", "quiet"),
        [
            ("never", "never", "always"),
            ("never", "never", "never"),
            ("seldom", "bursts", "mostly"),
            ("mostly", "seldom", "bursts"),
            ("bursts", "mostly", "seldom"),
        ],
    )
)
async def vectors_one_after_the_other(
    dut: HierarchyObject, idle: str, stall: str, quiet: str
) -> None:
    """Every word of every result, whatever the pauses, and with starts during the runs."""
    host = BlockAgent(dut, idle, stall, quiet)
    await host.bench.start()
    await host.run_all()
    await host.bench.step(20)


@cocotb.test()
@cocotb.parametrize(where=("load", "run", "read_out"))
async def reset_in_the_middle(dut: HierarchyObject, where: str) -> None:
    """After a reset in any state, a whole load and run are as ever."""
    host = BlockAgent(dut, "seldom", "seldom")
    stimulus, rng = host.stimulus, host.bench.rng
    await host.bench.start()
    for turn in range(2):
        vector = turn % len(stimulus.inputs)
        if where == "load":
            host.source.clear()
            host.source.send(stimulus.load)
            cut = int(rng.integers(1, len(stimulus.load)))
            await host.bench.until(lambda cut=cut: len(host.source.items) >= cut, FOREVER)
        else:
            await host.load(stimulus.load, stimulus.inputs[vector])
            host.expect(vector)
            await host.start()
        if where == "run":
            await host.bench.step(int(rng.integers(1, sum(stimulus.cycles[vector]))))
        if where == "read_out":
            left = int(rng.integers(1, len(stimulus.results[vector])))
            await host.bench.until(lambda left=left: host.checker.owed <= left, FOREVER)
        await host.bench.start()
        await host.load(stimulus.load)
        await host.run(vector)


@cocotb.test()
async def start_held(dut: HierarchyObject) -> None:
    """A start that is held begins one run, however long it is held."""
    host = BlockAgent(dut, stall="seldom")
    await host.bench.start()
    await host.load(host.stimulus.load)
    for longer in (0, 1, 30):
        await host.load(host.stimulus.inputs[0])
        host.expect(0)
        host.start_held = True
        host.source.send(host.stimulus.tiles)
        await host.finish()
        await host.bench.step(longer)
        assert not host.checker.running
        host.start_held = False
        await host.bench.step(5)
        assert not host.checker.running
    await host.run(len(host.stimulus.inputs) - 1)


@cocotb.test()
@cocotb.parametrize(lack=("all", "first", "last", "packet", "order"))
async def start_too_early(dut: HierarchyObject, lack: str) -> None:
    """Without a whole input vector a run sends nothing and is reported; the next one is as ever."""
    host = BlockAgent(dut)
    header, *words = host.stimulus.inputs[0]
    fields = unpack(LOAD_HEADER, header)
    count = len(words)
    parts = {
        "all": [],
        "first": [load_packet(fields["target"], words[1:], 1)],
        "last": [load_packet(fields["target"], words[:-1], 0)],
        "packet": [[header, *words[:-1]]],
        "order": [load_packet(fields["target"], [words[at]], at) for at in reversed(range(count))],
    }[lack]
    await host.bench.start()
    await host.load(host.stimulus.load, *parts)
    host.checker.errors = (ErrorCode.NONE, ErrorCode.INPUT)
    host.checker.expect([], [], overflow=False)
    # In the middle of a packet, tiles would be taken for words of it.
    await host.start(tiles=lack != "packet")
    await host.finish()
    await host.error_is(ErrorCode.INPUT)
    if lack == "packet":
        await host.load(words[-1:])
        host.expect(0)
        await host.start()
        await host.finish()
    await host.run(0)


def load_packet(target: int, words: Words, address: int) -> Words:
    """Return a packet of the words of an input vector from some place on."""
    return [pack(LOAD_HEADER, target=target, address=address, words=len(words)), *words]


@cocotb.test()
async def bad_packets(dut: HierarchyObject) -> None:
    """A bad packet is reported and changes nothing, between good ones."""
    host = BlockAgent(dut, "seldom")
    stimulus = host.stimulus
    await host.bench.start()
    await host.load(stimulus.load)
    for words, code in stimulus.bad:
        await host.bench.start()
        await host.load(stimulus.inputs[0])
        host.checker.errors = (ErrorCode.NONE, code)
        await host.load(words)
        if _is_whole(words):
            await host.load(stimulus.inputs[0])
        await host.error_is(code)
    await host.bench.start()
    await host.error_is(ErrorCode.NONE)
    for vector in range(len(stimulus.inputs)):
        await host.run(vector)


def _is_whole(words: Words) -> bool:
    """Return whether a load packet has all the words that its header announces."""
    return len(words) == 1 + unpack(LOAD_HEADER, words[0])["words"]


@cocotb.test()
async def the_first_error_stays(dut: HierarchyObject) -> None:
    """A later error does not replace the first one, nor does a run; a reset takes it away."""
    host = BlockAgent(dut)
    await host.bench.start()
    await host.load(host.stimulus.load)
    packets = {code: words for words, code in host.stimulus.bad if _is_whole(words)}
    for first, second in itertools.permutations(packets, 2):
        await host.bench.start()
        host.checker.errors = (ErrorCode.NONE, first)
        await host.load(packets[first])
        await host.error_is(first)
        await host.load(packets[second])
        await host.run(0)
        await host.error_is(first)


@cocotb.test()
async def refused_programs(dut: HierarchyObject) -> None:
    """A pass that is refused ends the run behind the results before it; a good program runs."""
    host = BlockAgent(dut, "seldom", "seldom")
    stimulus = host.stimulus
    await host.bench.start()
    await host.load(stimulus.load)
    for words, packets, code in stimulus.refused:
        await host.bench.start()
        await host.load(words)
        host.checker.errors = (ErrorCode.NONE, code)
        await host.run(0, packets)
        await host.error_is(code)
        await host.load(stimulus.load)
        await host.run(0)
        await host.error_is(code)
    await host.bench.start()
    await host.run(0)
    await host.error_is(ErrorCode.NONE)
