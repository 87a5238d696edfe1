"""What a user may ask of a target."""

from dataclasses import dataclass, fields
from pathlib import Path

from zskip.model.common.errors import InputError


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of all targets; each target takes some of them. None stands for not given.

    Parameters
    ----------
    part : str, optional
        Part of the target's family.
    package : str, optional
        Package of the part.
    speed : str, optional
        Speed grade of the part.
    seed : int, optional
        Where placement starts.
    no_route : bool, optional
        Stop after synthesis.
    bitstream : pathlib.Path, optional
        File to write a bitstream to.
    pins : pathlib.Path, optional
        Constraints of the pins of a board.
    baud : int, optional
        Bits a second of its serial port.
    liberty : pathlib.Path, optional
        Liberty file of standard cells.
    srams : pathlib.Path, optional
        Table of SRAMs (`zskip.model.common.sram_table.read_srams`).
    clock_mhz : float, optional
        Clock frequency to aim at, or the clock of the board.
    activity : float, optional
        Toggles of every wire in a clock cycle, for the power.
    vcd : pathlib.Path, optional
        Waveform of a simulation to take the activity from (VCD).
    """

    part: str | None = None
    package: str | None = None
    speed: str | None = None
    seed: int | None = None
    no_route: bool | None = None
    bitstream: Path | None = None
    pins: Path | None = None
    baud: int | None = None
    liberty: Path | None = None
    srams: Path | None = None
    clock_mhz: float | None = None
    activity: float | None = None
    vcd: Path | None = None

    def check(self, target: str, taken: frozenset[str]) -> None:
        """Refuse options that a target does not take.

        Parameters
        ----------
        target : str
            Name of the target.
        taken : frozenset of str
            Names of the fields that it takes.

        Raises
        ------
        InputError
            An option is given that is not among them.
        """
        given = [field.name for field in fields(self) if getattr(self, field.name) is not None]
        for name in given:
            if name not in taken:
                known = ", ".join(flag(name) for name in sorted(taken)) or "no option of its own"
                raise InputError(
                    f"the target {target} takes {known}, not {flag(name)}: leave it out"
                )


def flag(name: str) -> str:
    """Return a field as the command line has it."""
    return f"--{name.replace('_', '-')}"
