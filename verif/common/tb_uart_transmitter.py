# amaranth: UnusedElaboratable=no
"""Bench of the UART transmitter; oracle: the level of the line in every cycle."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.uart_transmitter import UartTransmitter
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import PATTERNS, StreamSource
from zskip.verif.common.testbench import Agent, Testbench


class Line(Agent):
    """Checker of the line: high, but for the frames of the bytes taken.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle : str
        Pattern of pauses in front of the unit.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never") -> None:
        self.divisor: int = current_stimulus()["divisor"]
        bench = Testbench(dut, UartTransmitter(divisor=self.divisor).signature)
        self.source = StreamSource(bench, "i", idle)
        self._levels: list[int] = []
        super().__init__(bench)

    def sample(self, cycle: int) -> None:
        """Compare the line and ready, then add the frame of a byte taken in this cycle."""
        bench = self.bench
        level = self._levels.pop(0) if self._levels else 1
        assert bench["tx"].number == level, f"tx in cycle {cycle}"
        assert bench["i__ready"].number == (not self._levels), f"ready in cycle {cycle}"
        if bench["i__valid"].number and bench["i__ready"].number:
            octet = bench["i__payload"].number
            for bit in (0, *(octet >> place & 1 for place in range(8)), 1):
                self._levels += [bit] * self.divisor

    def reset(self) -> None:
        """Send nothing more."""
        self._levels.clear()


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS)
async def every_level_of_every_byte(dut: HierarchyObject, idle: str) -> None:
    """A byte takes ten bits; without pauses, the next begins at once."""
    line = Line(dut, idle)
    await line.bench.start()
    sent = [0x00, 0xFF, *line.bench.rng.integers(256, size=20).tolist()]
    line.source.send(sent)
    await line.bench.until(lambda: line.source.empty)
    await line.bench.step(12 * line.divisor)
    assert line.source.items == sent
    if idle == "never":
        steps = {b - a for a, b in zip(line.source.cycles, line.source.cycles[1:], strict=False)}
        assert steps == {10 * line.divisor}


@cocotb.test()
async def a_reset_lets_the_line_go(dut: HierarchyObject) -> None:
    """In the middle of a byte, too."""
    line = Line(dut)
    await line.bench.start()
    line.source.send([0x00])
    await line.bench.step(4 * line.divisor)
    await line.bench.start()
    await line.bench.step(12 * line.divisor)
    line.source.send([0x42])
    await line.bench.step(12 * line.divisor)
    assert line.source.items == [0x00, 0x42]
