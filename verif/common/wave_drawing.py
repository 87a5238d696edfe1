"""Drawings of waveforms: from the values of ports in every cycle to the source of WaveDrom."""

from collections.abc import Sequence
from typing import Any, NamedTuple

QUIET = 6
"""Cycles without any change from which on some are left out."""

WIDTH = 2
"""Width of a cycle: one in which the name of a register has room."""


class Trace(NamedTuple):
    """Values of a port.

    Parameters
    ----------
    name : str
        The port.
    values : sequence of (int, str or None)
        In every cycle a bit; or of several bits what to show, and None where it means nothing.
    begins : sequence of bool
        Whether something new is shown, as every word of a stream is.
    """

    name: str
    values: Sequence[int | str | None]
    begins: Sequence[bool]


def drawing(title: str, clock: str, groups: Sequence[tuple[str, Sequence[Trace]]]) -> Any:
    """Return the source of a drawing.

    Parameters
    ----------
    title : str
        What it shows.
    clock : str
        Name of the clock.
    groups : sequence of (str, sequence of Trace)
        Ports of each channel, with its name; all for the same cycles.

    Returns
    -------
    dict
        As WaveDrom reads it. Of long stretches without a change only the ends are shown.
    """
    traces = [trace for _, group in groups for trace in group]
    shown = _columns(traces)
    lanes: list[Any] = [{"name": clock, "wave": _clock(shown)}]
    for name, group in groups:
        lanes.append([name, *(_lane(trace, shown) for trace in group)])
    return {"signal": lanes, "head": {"text": title}, "config": {"hscale": WIDTH}}


def _columns(traces: Sequence[Trace]) -> list[int | None]:
    """Return the cycles that are shown, with None in place of some that are left out."""
    cycles = len(traces[0].values)
    changes = [
        cycle
        for cycle in range(cycles)
        if cycle == 0 or any(_changes(trace, cycle) for trace in traces)
    ]
    shown: list[int | None] = []
    for first, following in zip(changes, [*changes[1:], cycles], strict=True):
        if following - first < QUIET:
            shown += range(first, following)
        else:
            shown += [first, first + 1, None, following - 1]
    return shown


def _changes(trace: Trace, cycle: int) -> bool:
    """Return whether a port shows something else than in the cycle before."""
    same = trace.values[cycle] == trace.values[cycle - 1]
    return not same or (trace.begins[cycle] and trace.values[cycle] is not None)


def _clock(shown: Sequence[int | None]) -> str:
    """Return the wave of the clock."""
    return "".join("|" if cycle is None else "." for cycle in shown).replace(".", "p", 1)


def _lane(trace: Trace, shown: Sequence[int | None]) -> dict[str, Any]:
    """Return the wave of a port."""
    wave, labels = "", []
    for number, cycle in enumerate(shown):
        if cycle is None:
            wave += "|"
            continue
        value = trace.values[cycle]
        if number and not _changes(trace, cycle):
            wave += "."
        elif isinstance(value, str):
            wave += "="
            labels.append(value)
        else:
            wave += "x" if value is None else str(value)
    lane = {"name": trace.name, "wave": wave}
    return lane | {"data": labels} if labels else lane
