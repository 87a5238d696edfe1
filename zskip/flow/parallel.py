"""The same work on many things, in several processes."""

import multiprocessing
import signal
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(
    function: Callable[[T], R], items: Sequence[T], jobs: int, advance: Callable[[int], None]
) -> list[R]:
    """Apply a function to every item.

    Parameters
    ----------
    function : callable
        A function of a module, or a `functools.partial` of one.
    items : sequence
        What to apply it to; the longest work first is fastest.
    jobs : int
        Processes; with 1 the work is done in this one. With more, each begins by importing the
        program's main module, which must be prepared for that.
    advance : callable
        Called with 1 after each item.

    Returns
    -------
    list
        Results in the order of the items.
    """
    processes = min(jobs, len(items))
    if processes <= 1:
        alone = []
        for item in items:
            alone.append(function(item))
            advance(1)
        return alone
    results: dict[int, R] = {}
    # A new process each, as a copy of this one would inherit its threads' locks.
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes, _end_silently) as pool:
        numbered = enumerate(items)
        for index, result in pool.imap_unordered(partial(_numbered, function), numbered):
            results[index] = result
            advance(1)
    return [results[index] for index in range(len(items))]


def _numbered(function: Callable[[T], R], item: tuple[int, T]) -> tuple[int, R]:
    """Apply a function to an item that has a number."""
    return item[0], function(item[1])


def _end_silently() -> None:
    """Let an interrupt end the process; what is to be said about it, its parent says."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
