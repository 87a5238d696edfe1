"""Host of a block behind AXI: masters of the bus and of the streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from amaranth.lib import wiring
from cocotb.handle import HierarchyObject

from zskip.hw.common.axi_shell import axi_members
from zskip.model.common.bitfields import unpack
from zskip.model.common.registers import BY_NAME
from zskip.model.common.stream import LOAD_HEADER
from zskip.verif.common.block_stimulus import split_packets
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Agent, Testbench

ALL_BYTES = 0xF
"""Strobe of a whole word."""


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """Patterns of pauses of the channels, see `zskip.verif.common.streams.pauses`.

    Parameters
    ----------
    send, receive : str
        Of the streams.
    ask, answer : str
        Of addresses and data, and of responses.
    """

    send: str = "never"
    receive: str = "never"
    ask: str = "never"
    answer: str = "never"


class Waits(Agent):
    """Agent that counts the cycles since reset in which streams offered beats that were not taken.

    Parameters
    ----------
    bench : Testbench
        Of a block behind AXI.

    Attributes
    ----------
    cycles : dict of str to int
        Their number by the register that counts them, too.
    """

    def __init__(self, bench: Testbench) -> None:
        self._streams = {
            "TOTAL_LOAD_WAIT_CYCLES": bench.stream("s_axis_t")[:2],
            "TOTAL_READ_WAIT_CYCLES": bench.stream("m_axis_t")[:2],
        }
        self.reset()
        super().__init__(bench)

    def reset(self) -> None:
        """Begin at 0."""
        self.cycles = dict.fromkeys(self._streams, 0)

    def sample(self, cycle: int) -> None:
        """Count."""
        for name, (valid, ready) in self._streams.items():
            self.cycles[name] += valid.bits & ~ready.bits


class AxiHost:
    """Masters of all channels of `zskip.hw.common.axi_top.AxiTop`; they check the handshakes.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    pauses : Pauses
        When the channels pause.
    """

    def __init__(self, dut: HierarchyObject, pauses: Pauses | None = None) -> None:
        when = Pauses() if pauses is None else pauses
        signature = wiring.Signature(axi_members())
        self.bench = bench = Testbench(dut, signature, clock="aclk", reset="aresetn")
        self.source = StreamSource(bench, "s_axis_t", when.send)
        self.sink = StreamSink(bench, "m_axis_t", when.receive)
        self.waits = Waits(bench)
        self._aw, self._w, self._ar = (
            StreamSource(bench, f"s_axil_{name}", when.ask) for name in ("aw", "w", "ar")
        )
        self._b, self._r = (StreamSink(bench, f"s_axil_{name}", when.answer) for name in "br")

    async def write_at(self, address: int, data: int, strobe: int = ALL_BYTES) -> int:
        """Write a word; return the response."""
        self._aw.send([{"addr": address}])
        self._w.send([{"data": data, "strb": strobe}])
        return (await self._answer(self._b))["resp"]

    async def read_at(self, address: int) -> tuple[int, int]:
        """Read a word; return it and the response."""
        self._ar.send([{"addr": address}])
        answer = await self._answer(self._r)
        return answer["data"], answer["resp"]

    async def write(self, name: str, **fields: int) -> None:
        """Write the fields of a register; the others become 0."""
        register = BY_NAME[name]
        word = sum(fields[part.name] << part.low for part in register.fields if part.name in fields)
        assert await self.write_at(register.offset, word) == 0

    async def read(self, name: str) -> int:
        """Read a register."""
        register = BY_NAME[name]
        words = [await self.read_at(register.offset + 4 * part) for part in range(register.words)]
        assert {response for _, response in words} == {0}
        return sum(word << 32 * part for part, (word, _) in enumerate(words))

    async def fields(self, name: str) -> dict[str, int]:
        """Read the fields of a register."""
        return unpack(BY_NAME[name].fields, await self.read(name))

    async def check_waits(self) -> None:
        """Compare the registers that count waits since reset; both streams must be at rest."""
        for name, cycles in self.waits.cycles.items():
            assert await self.read(name) == cycles, name

    def send(self, words: Sequence[int]) -> None:
        """Send load packets, each as a packet of the bus."""
        for packet in split_packets(words, LOAD_HEADER):
            self.send_beats(packet, [len(packet) - 1])

    def send_beats(self, words: Sequence[int], lasts: Sequence[int]) -> None:
        """Send beats, those of some numbers as the last of a packet."""
        self.source.send(
            {"data": word, "last": number in lasts} for number, word in enumerate(words)
        )

    async def sent(self) -> None:
        """Wait until all beats are taken."""
        await self.bench.until(lambda: self.source.empty, 1000 + 50 * self.source.left)

    def received(self) -> list[list[int]]:
        """Return the whole packets that came, and forget them."""
        packets: list[list[int]] = [[]]
        for beat in self.sink.items:
            packets[-1].append(beat["data"])
            if beat["last"]:
                packets.append([])
        kept = len(packets.pop())
        del self.sink.items[: len(self.sink.items) - kept]
        return packets

    async def interrupted(self, limit: int) -> None:
        """Wait for the interrupt."""
        await self.bench.until(lambda: bool(self.bench["irq"].bits), limit)

    async def _answer(self, sink: StreamSink) -> dict[str, Any]:
        """Wait for a response, and return it."""
        await self.bench.until(lambda: bool(sink.items))
        return sink.items.pop()
