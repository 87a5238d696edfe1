"""The targets there are: the one place that lists them."""

from zskip.model.common.errors import InputError
from zskip.synth.asic.target import ASIC
from zskip.synth.fpga.ecp5 import ECP5
from zskip.synth.fpga.families import GOWIN, ICE40, XILINX
from zskip.synth.target import Target

TARGETS: dict[str, Target] = {target.name: target for target in (ECP5, ICE40, GOWIN, XILINX, ASIC)}
"""Targets by name."""


def target(name: str) -> Target:
    """Return a target.

    Parameters
    ----------
    name : str
        One of `TARGETS`.

    Returns
    -------
    Target

    Raises
    ------
    InputError
        There is no target of that name.
    """
    if name not in TARGETS:
        raise InputError(f"the target must be one of {', '.join(TARGETS)}, not {name!r}")
    return TARGETS[name]
