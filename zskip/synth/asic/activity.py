"""Switching activity of a simulation: toggles of a wire in a clock cycle, from a waveform."""

from collections.abc import Iterable
from pathlib import Path

from zskip.model.common.errors import InputError
from zskip.synth.asic.timing import CLOCK

WIRES = {"wire", "reg", "logic"}
"""Kinds of variables that stand for wires of the design."""


def read_activity(path: Path) -> float:
    """Return the mean toggles of a bit in a clock cycle over all wires of a waveform.

    A wire that the waveform shows in several scopes counts once, the clock not at all; changes
    from or to an unknown value are no toggles.

    Parameters
    ----------
    path : pathlib.Path
        Value change dump (VCD), such as ``zskip simulate --waves FOLDER`` leaves; all of it
        counts, from the reset to the end.

    Returns
    -------
    float

    Raises
    ------
    InputError
        The file cannot be read, or has no wires or no cycle of the clock.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as lines:
            bits, clock = _wires(lines)
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
    return toggles / (sum(bits.values()) * cycles)


def _wires(lines: Iterable[str]) -> tuple[dict[str, int], set[str]]:
    """Read the declarations: the bits of each wire by its code, and the codes of clocks."""
    bits: dict[str, int] = {}
    clock: set[str] = set()
    for line in lines:
        words = line.split()
        if words[:1] == ["$enddefinitions"]:
            break
        if words[:1] == ["$var"] and len(words) > 5 and words[1] in WIRES:
            if words[4] == CLOCK:
                clock.add(words[3])
            else:
                bits[words[3]] = int(words[2])
    return {code: width for code, width in bits.items() if code not in clock}, clock


def _changes(lines: Iterable[str], bits: dict[str, int], clock: set[str]) -> tuple[int, int]:
    """Count toggles of all wires, and rising edges of the clock."""
    values: dict[str, str] = {}
    toggles = 0
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
            toggles += sum({a, b} == {"0", "1"} for a, b in zip(before, value, strict=True))
            values[code] = value
    return toggles, max(edges.values(), default=0)
