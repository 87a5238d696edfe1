"""The host's end of a serial line."""

from itertools import groupby
from typing import Any

from cocotb.triggers import FallingEdge, Timer

from zskip.model.common.uart import WORD_BYTES, Reply, Status, status_of


class UartLine:
    """Send and receive bytes at the pins ``rx`` and ``tx`` of a toplevel.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    bit_ns : int
        Time of a bit, even.
    """

    def __init__(self, dut: Any, bit_ns: int) -> None:
        self._rx = dut.rx
        self._tx = dut.tx
        self._bit_ns = bit_ns
        self._rx.value = 1

    async def send(self, octets: bytes) -> None:
        """Send bytes without a pause; return at the end of the last stop bit."""
        for octet in octets:
            for level, bits in groupby((0, *(octet >> place & 1 for place in range(8)), 1)):
                self._rx.value = level
                await Timer(self._bit_ns * sum(1 for _ in bits), "ns")

    async def receive(self) -> int:
        """Return the next byte, in the middle of its stop bit."""
        if self._tx.value:
            await FallingEdge(self._tx)
        await Timer(self._bit_ns // 2, "ns")
        octet = 0
        for place in range(9):
            await Timer(self._bit_ns, "ns")
            octet |= bool(self._tx.value) << place
        assert octet >> 8, "a byte must have a stop bit"
        return octet & 0xFF

    async def receive_run(self) -> tuple[list[int], Status]:
        """Return the words of results up to the next status, and that status."""
        words = []
        while Reply(await self.receive()) is not Reply.STATUS:
            octets = bytes([await self.receive() for _ in range(WORD_BYTES)])
            words.append(int.from_bytes(octets, "little"))
        return words, status_of(await self.receive())
