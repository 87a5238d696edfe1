"""Layers of a float network as a file gives them, with what was taken for granted in reading it."""

from collections.abc import Iterable
from typing import Self

from zskip.files.formats.guard import quoted
from zskip.model.common.ending import ENDINGS as KNOWN
from zskip.model.common.reference import FloatLayer

ENDINGS = {
    **dict.fromkeys(sorted(KNOWN), ""),
    "Sigmoid": "; 0.5 behind it is 0 before it",
}
"""Operations at the end of a network that keep the order of its outputs, and a word on each."""


class EndingNote(str):
    """The line on an operation at the end that is taken off, which also knows its kind.

    Attributes
    ----------
    kind : str
        One of `ENDINGS`.
    """

    kind: str


class SourceLayers(tuple[FloatLayer, ...]):
    """The layers of a network from input to output.

    Parameters
    ----------
    layers : iterable of FloatLayer
        The layers.
    notes : iterable of str, optional
        What the user should know of how they were read, a line each.
    assumed : bool, optional
        Whether the file tells no activations, so that `relu` of the layers is an assumption.

    Attributes
    ----------
    notes : tuple of str
    assumed : bool
    """

    notes: tuple[str, ...]
    assumed: bool

    def __new__(
        cls, layers: Iterable[FloatLayer], notes: Iterable[str] = (), *, assumed: bool = False
    ) -> Self:
        """Make a tuple of the layers."""
        self = super().__new__(cls, layers)
        self.notes = tuple(notes)
        self.assumed = assumed
        return self

    @property
    def ending(self) -> str | None:
        """The operation that was taken off at the end, one of `ENDINGS`, if there was one."""
        return next((note.kind for note in self.notes if isinstance(note, EndingNote)), None)


def ending_note(kind: str, name: str) -> EndingNote:
    """Return the line on an operation at the end that is taken off.

    Parameters
    ----------
    kind : str
        One of `ENDINGS`.
    name : str
        Its name in the source.
    """
    note = EndingNote(
        f"{kind} {quoted(name)} at the end is taken off: the order of the outputs stays"
        f"{ENDINGS[kind]}"
    )
    note.kind = kind
    return note
