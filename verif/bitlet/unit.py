# amaranth: UnusedElaboratable=no
"""How the benches of the Bitlet engine's units begin, and the words that they send."""

from collections.abc import Callable, Iterable

from amaranth.lib import wiring
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.bitlet.config import Config
from zskip.model.common.floats import FloatFormat
from zskip.verif.common import unit as common
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Agent, Testbench


def unit_config() -> Config:
    """Return the configuration that the unit was built for."""
    return common.unit_config(Config)


def unit_number() -> FloatFormat:
    """Return the widest floating-point format that the unit was built for."""
    return FloatFormat(**current_stimulus()["number"])


def packed(values: Iterable[int], bits: int) -> int:
    """Return values of so many bits side by side, the first in the lowest ones."""
    return sum(
        (int(value) & ((1 << bits) - 1)) << place * bits for place, value in enumerate(values)
    )


def unit_lanes() -> LaneFormat:
    """Return the lanes that the unit was built with."""
    return LaneFormat(config=unit_config())


class Recorder(Agent):
    """Monitor of ports that have a value in every cycle from one on.

    Parameters
    ----------
    bench : Testbench
    begin : int
        The first cycle; before it, the ports may be unknown.
    *names : str
        The ports.

    Attributes
    ----------
    values : list of tuple of int
        Their values, in the order of the names.
    """

    def __init__(self, bench: Testbench, begin: int, *names: str) -> None:
        self.values: list[tuple[int, ...]] = []
        self._begin = begin
        self._ports = [bench[name] for name in names]
        super().__init__(bench)

    def sample(self, cycle: int) -> None:
        """Record the ports."""
        if cycle >= self._begin:
            self.values.append(tuple(port.number for port in self._ports))


def unit_bench(dut: HierarchyObject, unit: Callable[[Config], wiring.Component]) -> Testbench:
    """Return the testbench of a unit of the array; its reset is still to come.

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
