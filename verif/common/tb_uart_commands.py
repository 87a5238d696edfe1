# amaranth: UnusedElaboratable=no
"""Bench of the commands of a host; oracle: the messages that were sent."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.uart_commands import UartCommands
from zskip.model.common.uart import RESYNC, WORD_BYTES, Command, load_messages
from zskip.verif.common.ports import random_number
from zskip.verif.common.streams import StreamSink
from zskip.verif.common.testbench import Events, Testbench

PULSES = ("start", "query", "reset")


class Host:
    """What sends bytes to the unit and records what comes of them.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.bench = Testbench(dut, UartCommands().signature)
        self.sink = StreamSink(self.bench, "o")
        self.pulses = {name: Events(self.bench, name) for name in PULSES}

    async def send(self, octets: bytes, gap: int = 0) -> None:
        """Send bytes, a cycle each, with some cycles between them."""
        for octet in octets:
            self.bench["octet"].set(octet)
            self.bench["valid"].set(1)
            await self.bench.step()
            self.bench["valid"].set(0)
            self.bench["octet"].set(random_number(self.bench["octet"].shape, self.bench.rng))
            await self.bench.step(gap)
        await self.bench.step()

    def words(self, count: int) -> list[int]:
        """Return random words."""
        shape = self.bench["o__payload"].shape
        return [random_number(shape, self.bench.rng) for _ in range(count)]

    @property
    def counts(self) -> list[int]:
        """How often each pulse was high."""
        return [len(self.pulses[name].cycles) for name in PULSES]


@cocotb.test()
@cocotb.parametrize(gap=[0, 3])
async def words_and_pulses(dut: HierarchyObject, gap: int) -> None:
    """Every message does what it says, and nothing else; bytes of a word are no commands."""
    host = Host(dut)
    await host.bench.start()
    words = [*host.words(8), int.from_bytes(bytes([*Command, *Command]), "little")]
    await host.send(load_messages(words[:4]), gap)
    await host.send(bytes([Command.START, Command.STATUS, Command.STATUS]), gap)
    await host.send(load_messages(words[4:]), gap)
    await host.bench.step(2)
    assert host.sink.items == words
    assert host.counts == [1, 2, 0]
    assert not host.bench["lost"].number


@cocotb.test()
async def a_word_that_comes_too_early_is_lost(dut: HierarchyObject) -> None:
    """The one in front of it stays, and a reset forgets both."""
    host = Host(dut)
    await host.bench.start()
    first, second, third = host.words(3)
    host.sink.pause("always")
    await host.send(load_messages([first]))
    assert not host.bench["lost"].number
    await host.send(load_messages([second]))
    assert host.bench["lost"].number
    host.sink.pause("never")
    await host.bench.step(3)
    assert host.sink.items == [first]
    await host.send(bytes([Command.RESET]))
    assert not host.bench["lost"].number
    await host.send(load_messages([third]))
    await host.bench.step(2)
    assert host.sink.items == [first, third]
    assert host.counts == [0, 0, 1]


@cocotb.test()
async def a_reset_drops_the_word_that_waits(dut: HierarchyObject) -> None:
    """Nothing of what was loaded before it comes behind it."""
    host = Host(dut)
    await host.bench.start()
    # A sink would take note that an offered word goes.
    host.bench["o__ready"].set(0)
    host.sink.drive = lambda: None
    host.sink.sample = lambda cycle: None
    await host.send(load_messages(host.words(1)))
    assert host.bench["o__valid"].number
    await host.send(bytes([Command.RESET]))
    await host.bench.step()
    assert not host.bench["o__valid"].number


@cocotb.test()
async def an_unknown_command_is_lost(dut: HierarchyObject) -> None:
    """It does nothing."""
    host = Host(dut)
    for octet in sorted(set(range(256)) - set(Command)):
        await host.bench.start()
        await host.send(bytes([octet]))
        assert host.bench["lost"].number, f"command {octet}"
        assert host.counts == [0, 0, 0]
        assert not host.sink.items


@cocotb.test()
async def a_broken_byte_ends_its_message(dut: HierarchyObject) -> None:
    """The next byte is a command."""
    host = Host(dut)
    word = host.words(1)
    for count in range(WORD_BYTES + 1):
        await host.bench.start()
        await host.send(load_messages(word)[:count])
        host.bench["broken"].set(1)
        await host.bench.step()
        host.bench["broken"].set(0)
        await host.bench.step()
        assert host.bench["lost"].number
        assert not host.sink.items
        await host.send(bytes([Command.START]))
        await host.bench.step()
        assert host.counts == [count + 1, 0, 0]


@cocotb.test()
async def a_row_of_resets_brings_it_back(dut: HierarchyObject) -> None:
    """From any place in a message."""
    host = Host(dut)
    word = host.words(1)
    for count in range(WORD_BYTES + 1):
        await host.bench.start()
        await host.send(load_messages(word)[:count])
        await host.send(RESYNC)
        host.sink.clear()
        assert host.pulses["reset"].cycles
        await host.send(load_messages(word))
        await host.bench.step(2)
        assert host.sink.items == word
        assert not host.bench["lost"].number
