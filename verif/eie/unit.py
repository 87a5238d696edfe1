# amaranth: UnusedElaboratable=no
"""How the benches of the EIE array's units begin."""

from collections.abc import Callable, Iterable

from amaranth.lib import wiring
from cocotb.handle import HierarchyObject

from zskip.model.eie.config import Config
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Testbench


def unit_config() -> Config:
    """Return the configuration that the unit was built for."""
    return Config(**current_stimulus()["config"])


def unit_bench(dut: HierarchyObject, unit: Callable[[Config], wiring.Component]) -> Testbench:
    """Return the testbench of a unit; its reset is still to come.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    unit : callable
        Class of the unit; only its signature is needed here.

    Returns
    -------
    Testbench
    """
    return Testbench(dut, unit(unit_config()).signature)


async def write(bench: Testbench, port: str, words: Iterable[int], address: int = 0) -> None:
    """Write consecutive words through a `zskip.hw.eie.interfaces.WritePort`, one a cycle.

    Parameters
    ----------
    bench : Testbench
    port : str
        Name of the write port.
    words : iterable of int
        Non-negative words.
    address : int
        Address of the first.
    """
    bench[f"{port}__en"].set(1)
    for offset, word in enumerate(words):
        bench[f"{port}__address"].set(address + offset)
        bench[f"{port}__data"].set(int(word))
        await bench.step()
    bench[f"{port}__en"].set(0)
