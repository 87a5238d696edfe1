"""Quick drivers of streams of words, which always go on: data in and out of a whole array.

Nothing here imports Amaranth, which would take longer than many a simulation.
"""

from collections.abc import Iterable
from typing import Any

from cocotb.triggers import FallingEdge, RisingEdge, with_timeout


class WordSource:
    """Feed a stream whose ready does not depend on valid, one Python step a word.

    It drives and looks at falling edges of the clock.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    name : str
        Name of the stream port.
    """

    def __init__(self, dut: Any, name: str) -> None:
        self._clock = dut.clk
        self._valid = getattr(dut, f"{name}__valid")
        self._ready = getattr(dut, f"{name}__ready")
        self._payload = getattr(dut, f"{name}__payload")
        self._valid.value = 0

    async def send(self, words: Iterable[int]) -> None:
        """Send words; call it at a falling edge, it returns at one."""
        self._valid.value = 1
        for word in words:
            self._payload.value = word
            while not self._ready.value:
                await FallingEdge(self._clock)
            await FallingEdge(self._clock)
        self._valid.value = 0


class WordSink:
    """Take everything from a stream.

    It drives and looks at falling edges of the clock.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    name : str
        Name of the stream port.
    """

    def __init__(self, dut: Any, name: str) -> None:
        self._clock = dut.clk
        self._valid = getattr(dut, f"{name}__valid")
        self._payload = getattr(dut, f"{name}__payload")
        getattr(dut, f"{name}__ready").value = 1

    async def receive(self, limit_ns: int) -> int:
        """Return the next payload; call it at a falling edge, it returns at one.

        Parameters
        ----------
        limit_ns : int
            Time by which the stream must be valid.

        Raises
        ------
        SimTimeoutError
            It is not.
        """
        while not self._valid.value:
            await with_timeout(RisingEdge(self._valid), limit_ns, "ns")
            await FallingEdge(self._clock)
        payload = self._payload.value.to_unsigned()
        await FallingEdge(self._clock)
        return payload
