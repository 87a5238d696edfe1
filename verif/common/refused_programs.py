"""Programs with a pass that a block must refuse, for engines whose layers are one pass each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from zskip.model.common.stream import ErrorCode, load_packet
from zskip.verif.common.block_stimulus import RefusedRun


def sent_packets(passes: Iterable[Any]) -> int:
    """Return the result packets of some passes."""
    return sum(entry.emit_outputs + entry.emit_counters for entry in passes)


def refused_programs(
    passes: Sequence[Any],
    refused: Callable[[Any], Iterable[Any]],
    *,
    room: int,
    target: int,
) -> list[RefusedRun]:
    """Return load streams that put one pass that is refused into a program, in every place.

    Parameters
    ----------
    passes : sequence of passes
        The program, of as many passes as there are layers.
    refused : callable
        Gives what is refused in place of a pass.
    room : int
        Passes that the program memory holds; where the program fills it, its last pass must be
        marked so.
    target : int
        Target of the program memory.

    Returns
    -------
    list of (list of int, int, int)
        See `BlockStimulus`.
    """
    runs = []
    for index in reversed(range(len(passes))):
        entry = passes[index]
        bad = list(refused(entry))
        if index == room - 1:
            bad.append(replace(entry, last=False))
        for other in bad:
            words = other.program_words()
            packet = load_packet(target, words, address=index * len(words))
            before = sent_packets(passes[: index + (not other.last and entry.last)])
            runs.append((packet.tolist(), before, int(ErrorCode.PROGRAM)))
    return runs
