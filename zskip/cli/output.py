"""Output of the verbs: results on the standard output, all else on the standard error."""

import dataclasses
import enum
import json
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from os import PathLike, fspath

import click
from rich.console import Console, RenderableType
from rich.progress import Progress

PROGRESS_AFTER_SECONDS = 1.0
"""Work shorter than this shows no progress bar."""

PLAIN_WIDTH = 1000
"""Columns that a table may take when it is not written to a terminal: enough for any path."""


def message_console() -> Console:
    """Return a console on the standard error output, for what is not a result.

    Returns
    -------
    Console
        It colors and redraws only on a terminal.
    """
    return Console(stderr=True, highlight=False)


def emit_json(result: object) -> None:
    """Write a result as one JSON document on the standard output.

    Parameters
    ----------
    result : object
        Made of mappings, sequences, dataclasses, NumPy arrays and scalars, paths, enumerations
        and plain values. A float that is not finite becomes null, which JSON has no other word
        for.
    """
    click.echo(json.dumps(_plain(result), allow_nan=False, indent=2))


def emit_notes(notes: Iterable[str]) -> None:
    """Write what users should know beside a result that has no place for it.

    Parameters
    ----------
    notes : iterable of str
        A line each, for the standard error output.
    """
    for note in notes:
        click.echo(f"zskip: note: {note}", err=True)


def emit_text(*parts: RenderableType) -> None:
    """Write a result for human readers on the standard output.

    Parameters
    ----------
    *parts : RenderableType
        Texts and tables of rich.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PLAIN_WIDTH)
    console.print(*parts, sep="\n")


@contextmanager
def progress(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar while the body runs, if it runs long and a terminal is there.

    The bar is on the standard error output, appears after `PROGRESS_AFTER_SECONDS`, and goes
    when the body ends.

    Parameters
    ----------
    description : str
        What is being done, for the left end of the bar.
    total : int, optional
        Number of steps; without it the bar only moves to and fro.

    Yields
    ------
    Callable[[int], None]
        Call it with the number of steps done since the last call.

    Examples
    --------
    >>> with progress("simulating", total=2) as advance:
    ...     for _ in range(2):
    ...         advance(1)
    """
    console = message_console()
    bar = Progress(console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
    task = bar.add_task(description, total=total)
    timer = threading.Timer(PROGRESS_AFTER_SECONDS, bar.start)
    if console.is_interactive:
        timer.start()
    try:
        yield lambda steps: bar.advance(task, steps)
    finally:
        timer.cancel()
        if timer.ident is not None:
            timer.join()
        if bar.live.is_started:
            bar.stop()


def _plain(value: object) -> object:
    """Return `value` made of nothing but what JSON knows."""
    if isinstance(value, enum.Enum):
        return _plain(value.value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: _plain(getattr(value, name)) for name in names}
    # NumPy's arrays and scalars, known by their method: a result without them needs no NumPy.
    if (tolist := getattr(value, "tolist", None)) is not None:
        return _plain(tolist())
    raise TypeError(f"a result must be made of what JSON can hold, not {type(value).__name__}")
