"""Switching activity of a simulation: toggles of wires in a clock cycle, from a waveform."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zskip.model.common.errors import InputError
from zskip.synth.asic.timing import CLOCK
from zskip.synth.result import plain_name

WIRES = {"wire", "reg", "logic"}
"""Kinds of variables that stand for wires of the design."""

Unit = tuple[str, ...]
"""Names from below the top to a unit, without the numbers of instances."""


@dataclass(frozen=True)
class Activity:
    """Toggles of a bit in a clock cycle.

    Parameters
    ----------
    mean : float
        Mean over all wires.
    units : mapping of Unit to float, optional
        Mean over the wires of a unit, those of units inside it left out, where they are known.
    """

    mean: float
    units: Mapping[Unit, float] = field(default_factory=dict)

    def of(self, unit: Unit) -> float:
        """Return the activity of a unit, or of the nearest one around it that is known."""
        while unit not in self.units and unit:
            unit = unit[:-1]
        return self.units.get(unit, self.mean)


def read_activity(path: Path, top: str) -> Activity:
    """Return the mean toggles of a bit in a clock cycle over the wires of a waveform.

    A wire that the waveform shows in several scopes counts in each of these units, and once in the
    whole; the clock not at all; changes from or to an unknown value are no toggles.

    Parameters
    ----------
    path : pathlib.Path
        Value change dump (VCD), such as ``zskip simulate --waves FOLDER`` leaves; all of it
        counts, from the reset to the end.
    top : str
        Scope of the whole design; without it in the waveform no unit is known.

    Returns
    -------
    Activity

    Raises
    ------
    InputError
        The file cannot be read, or has no wires or no cycle of the clock.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as lines:
            bits, clock, inside = _wires(lines, top)
            toggles, cycles = _changes(lines, bits, clock)
    except OSError as error:
        raise InputError(
            f"--vcd must be a waveform that can be read, but {path}: {error}"
        ) from None
    if not bits or not cycles:
        raise InputError(
            f"--vcd must be a value change dump with wires and a running {CLOCK}, but {path} has "
            f"{len(bits)} wires and {cycles} cycles: make one with zskip simulate "
            "--waves FOLDER"
        )

    def mean(codes: Collection[str]) -> float:
        return sum(toggles[code] for code in codes) / (sum(bits[code] for code in codes) * cycles)

    known = {unit: codes & set(bits) for unit, codes in inside.items()}
    return Activity(mean(bits), {unit: mean(codes) for unit, codes in known.items() if codes})


def _wires(
    lines: Iterable[str], top: str
) -> tuple[dict[str, int], set[str], Mapping[Unit, set[str]]]:
    """Read the declarations: bits of each wire by its code, codes of clocks and of each unit."""
    bits: dict[str, int] = {}
    clock: set[str] = set()
    inside: defaultdict[Unit, set[str]] = defaultdict(set)
    scopes: list[str] = []
    for line in lines:
        words = line.split()
        if words[:1] == ["$enddefinitions"]:
            break
        if words[:1] == ["$scope"] and len(words) > 2:
            scopes.append(words[2])
        elif words[:1] == ["$upscope"]:
            del scopes[-1:]
        elif words[:1] == ["$var"] and len(words) > 5 and words[1] in WIRES:
            if words[4] == CLOCK:
                clock.add(words[3])
                continue
            bits[words[3]] = int(words[2])
            if top in scopes:
                unit = tuple(map(plain_name, scopes[scopes.index(top) + 1 :]))
                inside[unit].add(words[3])
    return {code: width for code, width in bits.items() if code not in clock}, clock, inside


def _changes(
    lines: Iterable[str], bits: dict[str, int], clock: set[str]
) -> tuple[Counter[str], int]:
    """Count toggles of each wire, and rising edges of the clock."""
    values: dict[str, str] = {}
    toggles = Counter[str]()
    edges = dict.fromkeys(clock, 0)
    for line in lines:
        kind = line[:1]
        if kind in "bB" and kind:
            value, _, code = line[1:].strip().partition(" ")
        elif kind in "01xXzZ" and kind:
            value, code = kind, line[1:].strip()
        else:
            continue
        if code in edges:
            edges[code] += value == "1"
        elif code in bits:
            # Leading zeros are left out.
            value = value.rjust(bits[code], "0" if value[:1] in "01" else value[:1])
            before = values.get(code, "x" * bits[code])
            toggles[code] += sum({a, b} == {"0", "1"} for a, b in zip(before, value, strict=True))
            values[code] = value
    return toggles, max(edges.values(), default=0)
