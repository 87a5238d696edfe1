"""Simulators that users choose by name."""

from zskip.model.common.errors import InputError
from zskip.verif.common.simulator import Simulator

AnySimulator = Simulator | str
"""A simulator, or its name."""


def given_simulator(given: AnySimulator) -> Simulator:
    """Return the simulator that a user gave, by name or as it is.

    Parameters
    ----------
    given : Simulator or str
        The simulator or its name.

    Returns
    -------
    Simulator

    Raises
    ------
    InputError
        There is no such simulator.
    """
    names = [simulator.value for simulator in Simulator]
    if given not in names:
        raise InputError(f"the simulator must be one of {', '.join(names)}, not {given!r}")
    return Simulator(given)
