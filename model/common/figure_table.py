"""Tables of figures that an engine has of itself, beside those of layers."""

from collections.abc import Sequence
from dataclasses import dataclass

Cell = str | int | float


@dataclass(frozen=True, kw_only=True)
class FigureTable:
    """A table of figures.

    Parameters
    ----------
    name : str
        Its name in files, a plain identifier.
    title : str
        The figures, for people.
    heads : sequence of str
        Headings; the first column names the row.
    rows : sequence of sequence of str, int or float
        A cell for each heading.
    notes : sequence of str
        What the columns are, a line each.
    """

    name: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[str] = ()

    def to_dict(self) -> list[dict[str, Cell]]:
        """Return the rows by their headings."""
        return [dict(zip(self.heads, row, strict=True)) for row in self.rows]
