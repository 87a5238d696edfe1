# amaranth: UnusedElaboratable=no
"""Bench of the replies to a host; oracle: the messages of the words and of the status."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.uart_replies import UartReplies
from zskip.model.common.stream import STREAM_BITS
from zskip.model.common.uart import WORD_BYTES, Reply
from zskip.verif.common.ports import random_number
from zskip.verif.common.streams import PATTERNS, StreamSink, StreamSource
from zskip.verif.common.testbench import Testbench


class Block:
    """What gives words and takes bytes.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.bench = Testbench(dut, UartReplies().signature)
        self.source = StreamSource(self.bench, "i", idle)
        self.sink = StreamSink(self.bench, "o", stall)

    def send(self, count: int) -> bytes:
        """Give the unit random words; return their messages."""
        shape = self.bench["i__payload"].shape
        beats = [random_number(shape, self.bench.rng) for _ in range(count)]
        self.source.send(beats)
        messages = b""
        for beat in beats:
            kind = Reply.LAST if beat >> STREAM_BITS else Reply.WORD
            word = beat & ((1 << STREAM_BITS) - 1)
            messages += bytes([kind]) + word.to_bytes(WORD_BYTES, "little")
        return messages

    async def query(self, status: int) -> None:
        """Ask for the status, which is `status` from now on."""
        self.bench["status"].set(status)
        self.bench["query"].set(1)
        await self.bench.step()
        self.bench["query"].set(0)

    async def finish(self, expected: bytes) -> None:
        """Wait for all bytes, and see that no more come."""
        await self.bench.until(lambda: len(self.sink.items) >= len(expected))
        await self.bench.step(30)
        assert bytes(self.sink.items) == expected


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def words(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Whatever the pauses, each word is a message."""
    block = Block(dut, idle, stall)
    await block.bench.start()
    await block.finish(block.send(12))


@cocotb.test()
@cocotb.parametrize(stall=PATTERNS)
async def a_status_comes_behind_the_words_that_wait(dut: HierarchyObject, stall: str) -> None:
    """It is what it is when it is sent; asked for twice before that, it is sent once."""
    block = Block(dut, stall=stall)
    await block.bench.start()
    expected = block.send(3)
    await block.bench.step()
    await block.query(0x11)
    await block.query(0x42)
    await block.finish(expected + bytes([Reply.STATUS, 0x42]))


@cocotb.test()
async def a_status_between_words(dut: HierarchyObject) -> None:
    """Asked for again later, it is sent again."""
    block = Block(dut)
    await block.bench.start()
    expected = b""
    for status in (0x00, 0xFF, 0x35):
        await block.query(status)
        expected += bytes([Reply.STATUS, status])
        await block.finish(expected)
        expected += block.send(1)
        await block.finish(expected)


@cocotb.test()
async def asked_while_a_status_is_sent(dut: HierarchyObject) -> None:
    """The second one is sent too, as it may say something else."""
    block = Block(dut, stall="mostly")
    await block.bench.start()
    await block.query(0x01)
    await block.bench.until(lambda: len(block.sink.items) == 1)
    await block.query(0x02)
    await block.finish(bytes([Reply.STATUS, 0x01, Reply.STATUS, 0x02]))
