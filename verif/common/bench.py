"""Runs of unit benches: from a component to a verdict, with a waveform where it fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import Member, connect, flipped

from zskip.hw.common import sram
from zskip.hw.common.verilog import convert
from zskip.model.common.errors import RunFailure
from zskip.verif.common.failure import failed_tests
from zskip.verif.common.simulator import Build, Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

_FIRST_FAILURE_ENDS = {"COCOTB_MAX_FAILURES": "1"}
"""The tests behind it count as failed too, with the type ``RegressionTerminated``."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """Verilog of a unit.

    Parameters
    ----------
    verilog : str
        Text of the unit and of all modules below it.
    top : str
        Verilog module of the unit.
    """

    verilog: str
    top: str


def unit_design(unit: wiring.Component, *shared: tuple[str, wiring.Component]) -> Design:
    """Convert a unit to Verilog.

    Parameters
    ----------
    unit : amaranth.lib.wiring.Component
        The unit.
    *shared : tuple of str and amaranth.lib.wiring.Component
        Name and component of each `SharedModule` that it refers to.

    Returns
    -------
    Design
        Its toplevel has the name of the unit's class.
    """
    top = type(unit).__name__
    modules = [convert(component, name) for name, component in shared]
    modules.append(convert(_Toplevel(unit) if _has_constants(unit) else unit, top))
    return Design(verilog="\n".join([sram.VERILOG.read_text(), *modules]), top=top)


def run_bench(
    design: Design,
    bench: str,
    *,
    simulator: Simulator,
    stimulus: Mapping[str, Any],
    seed: int,
    folder: Path,
    repeat: str,
    only: str = "",
    cache: Path | None = None,
) -> None:
    """Run a bench on a unit; if it fails, run it again for a waveform and the values compared.

    Parameters
    ----------
    design : Design
        The unit.
    bench : str
        Module that holds the cocotb tests.
    simulator : Simulator
        What to run in.
    stimulus : mapping
        What the bench reads with `current_stimulus`; JSON can express it.
    seed : int
        Seed of everything random in the bench.
    folder : pathlib.Path
        Where log and waveform are left.
    repeat : str
        What to type to repeat the run.
    only : str, optional
        Regular expression of the tests to run; all by default.
    cache : pathlib.Path, optional
        Folder of compiled designs, the user's cache folder by default.

    Raises
    ------
    RunFailure
        The bench failed. The message holds what it says, the seed, how to repeat the run, and
        where log and waveform are.
    """
    variables = {**stimulus_variables(stimulus), **_FIRST_FAILURE_ENDS}

    def compile_design(*, waves: bool) -> Build:
        return build(design.verilog, top=design.top, simulator=simulator, waves=waves, cache=cache)

    compiled = compile_design(waves=False)
    try:
        run(compiled, bench, folder=folder, seed=seed, variables=variables, only=only)
        return
    except RunFailure:
        reasons = _reasons(folder)
    compiled = compile_design(waves=True)
    place = folder / "waves"
    try:
        run(
            compiled,
            bench,
            folder=place,
            seed=seed,
            variables=variables,
            only=only,
            explains=True,
        )
        reasons += "\n  but it passed when it was run again with a waveform"
    except RunFailure:
        reasons = _reasons(place)
    raise RunFailure(
        f"{bench} must pass in {simulator}, but failed with seed {seed}:\n{reasons}\n"
        f"repeat:   {repeat}\n"
        f"waveform: {compiled.waveform(place)}\n"
        f"log:      {place / 'run.log'}"
    )


def _reasons(folder: Path) -> str:
    """Return the name of the failed test of a run, and what it says."""
    results = folder / "results.xml"
    if not results.exists():
        return "  the simulation did not come to its end"
    return "\n".join(f"  {failure}" for failure in failed_tests(results))


def _has_constants(unit: wiring.Component) -> bool:
    return any(_is_constant_stream(member) for member in unit.signature.members.values())


def _is_constant_stream(member: Member) -> bool:
    """Return whether a member is a stream that is always valid or always ready."""
    if not (member.is_signature and isinstance(member.signature, stream.Signature)):
        return False
    return member.signature.always_valid or member.signature.always_ready


class _Toplevel(wiring.Component):
    """A unit with a port for each constant that it has instead of a valid or ready.

    Parameters
    ----------
    unit : amaranth.lib.wiring.Component
        The unit.
    """

    def __init__(self, unit: wiring.Component) -> None:
        self._unit: Any = unit
        members = {}
        for name, member in unit.signature.members.items():
            if _is_constant_stream(member):
                plain = stream.Signature(member.signature.members["payload"].shape)
                members[name] = Member(member.flow, plain)
            else:
                members[name] = member
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        """Connect every member to the unit's."""
        m = Module()
        m.submodules.unit = self._unit
        connect(m, flipped(self), self._unit)
        return m
