"""Tables of Markdown."""

from collections.abc import Iterable, Sequence

from zskip.model.common.bitfields import Field


def fields(layout: tuple[Field, ...]) -> str:
    """Return a table of the fields of a word."""
    rows = ((f"`{field.name}`", bit_range(field), field.meaning) for field in layout)
    return table(("field", "bits", "meaning"), rows)


def bit_range(field: Field) -> str:
    """Return the bits of a field, the highest first."""
    top = field.low + field.bits - 1
    return f"{top}:{field.low}" if field.bits > 1 else f"{top}"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table and an empty line."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(value: object) -> str:
    """Return a value as the text of a cell."""
    return " ".join(str(value).replace("|", "\\|").replace("``", "`").split())
