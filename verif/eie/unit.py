# amaranth: UnusedElaboratable=no
"""How the benches of the EIE array's units begin."""

from collections.abc import Callable

from amaranth.lib import wiring
from cocotb.handle import HierarchyObject

from zskip.model.eie.config import Config
from zskip.verif.common import unit as common
from zskip.verif.common.testbench import Testbench


def unit_config() -> Config:
    """Return the configuration that the unit was built for."""
    return common.unit_config(Config)


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
