# amaranth: UnusedElaboratable=no
"""Bench of the UART receiver; oracle: the bytes that were sent, bit by bit."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.uart_receiver import UartReceiver
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Events, Testbench


class Line:
    """A line with the receiver at its end.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.divisor: int = current_stimulus()["divisor"]
        self.bench = Testbench(dut, UartReceiver(divisor=self.divisor).signature)
        self.octets = Events(self.bench, "valid", "octet")
        self.broken = Events(self.bench, "broken")

    async def start(self) -> None:
        """Begin with an idle line."""
        await self.bench.start()
        await self.idle(4)

    async def idle(self, cycles: int) -> None:
        """Let the line be high."""
        self.bench["rx"].set(1)
        await self.bench.step(cycles)

    async def send(
        self, octet: int, *, stop: int = 1, cycles: int | None = None, last: int | None = None
    ) -> None:
        """Send a byte, its bits as long as the divisor, or some cycles, and the last one others."""
        cycles = cycles or self.divisor
        for bit in (0, *(octet >> place & 1 for place in range(8))):
            self.bench["rx"].set(bit)
            await self.bench.step(cycles)
        self.bench["rx"].set(stop)
        await self.bench.step(last or cycles)

    @property
    def received(self) -> list[int]:
        """The bytes received."""
        return [octet for (octet,) in self.octets.values]


@cocotb.test()
async def bytes_without_a_pause(dut: HierarchyObject) -> None:
    """Each byte comes in the middle of its stop bit and 3 cycles."""
    line = Line(dut)
    await line.start()
    sent = [0x00, 0xFF, 0x55, 0xAA, *line.bench.rng.integers(256, size=40).tolist()]
    first = line.bench.cycle
    for octet in sent:
        await line.send(octet)
    await line.idle(line.divisor)
    assert line.received == sent
    assert not line.broken.cycles
    middle = first + 9 * line.divisor + line.divisor // 2 + 3
    assert line.octets.cycles == [middle + 10 * line.divisor * n for n in range(len(sent))]


@cocotb.test()
@cocotb.parametrize(sign=[-1, 1])
async def bytes_of_another_clock(dut: HierarchyObject, sign: int) -> None:
    """A sender whose bits are 3 % longer or shorter is understood, after any pause."""
    line = Line(dut)
    await line.start()
    sent = line.bench.rng.integers(256, size=30).tolist()
    for octet in sent:
        await line.send(octet, cycles=line.divisor + sign * (line.divisor // 32))
        await line.idle(int(line.bench.rng.integers(3 * line.divisor)))
    await line.idle(2 * line.divisor)
    assert line.received == sent


@cocotb.test()
async def stop_bits_that_are_short_by_a_cycle(dut: HierarchyObject) -> None:
    """Bytes without a pause whose sender began the first one early are all received."""
    line = Line(dut)
    await line.start()
    sent = line.bench.rng.integers(256, size=20).tolist()
    for octet in sent:
        await line.send(octet, last=line.divisor - 1)
    await line.idle(2 * line.divisor)
    assert line.received == sent


@cocotb.test()
async def a_spike_is_no_byte(dut: HierarchyObject) -> None:
    """The line must still be low in the middle of a start bit."""
    line = Line(dut)
    await line.start()
    line.bench["rx"].set(0)
    await line.bench.step(max(1, line.divisor // 2 - 1))
    await line.idle(12 * line.divisor)
    assert not line.octets.cycles
    assert not line.broken.cycles
    await line.send(0x3C)
    await line.idle(2 * line.divisor)
    assert line.received == [0x3C]


@cocotb.test()
async def a_byte_without_a_stop_bit_is_dropped(dut: HierarchyObject) -> None:
    """It is reported once, however long the line stays low; the next byte is received."""
    line = Line(dut)
    for low in (0, 35):
        await line.start()
        await line.send(0xA5, stop=0)
        line.bench["rx"].set(0)
        await line.bench.step(low * line.divisor)
        await line.idle(2 * line.divisor)
        assert not line.octets.cycles
        assert len(line.broken.cycles) == 1
        await line.send(0x5A)
        await line.idle(2 * line.divisor)
        assert line.received == [0x5A]
        line.octets.clear()
        line.broken.clear()


@cocotb.test()
async def a_reset_ends_a_byte(dut: HierarchyObject) -> None:
    """What was received before it does not count."""
    line = Line(dut)
    await line.start()
    line.bench["rx"].set(0)
    await line.bench.step(3 * line.divisor)
    line.octets.clear()
    await line.start()
    await line.idle(12 * line.divisor)
    line.octets.clear()
    line.broken.clear()
    await line.send(0x81)
    await line.idle(2 * line.divisor)
    assert line.received == [0x81]
    assert not line.broken.cycles
