"""Area, energy and time of SRAMs, from a table of sizes."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, log
from pathlib import Path

from zskip.model.common.errors import InputError

CACTI_45NM = Path(__file__).with_name("energy_tables") / "cacti45.csv"
"""The table where none is given; its head says how it was made."""

NEEDED = ("depth", "width", "area_um2", "read_pj", "access_ns")
"""Columns that a table must have; ``name``, ``write_pj`` and ``leakage_uw`` may be left out."""


@dataclass(frozen=True, kw_only=True)
class SramCost:
    """Figures of an SRAM.

    Parameters
    ----------
    name : str
        Name of the macro; empty for an interpolated one.
    area_um2 : float
        Area.
    read_pj, write_pj : float
        Energy of a read and of a write of a word.
    access_ns : float
        From the clock to the data of a read.
    leakage_uw : float
        Power without an access.
    """

    name: str = ""
    area_um2: float
    read_pj: float
    write_pj: float
    access_ns: float
    leakage_uw: float

    def parts(self, deep: int, wide: int) -> "SramCost":
        """Return the figures of as many banks below and beside each other, one row at work."""
        return SramCost(
            name=self.name,
            area_um2=deep * wide * self.area_um2,
            read_pj=wide * self.read_pj,
            write_pj=wide * self.write_pj,
            access_ns=self.access_ns,
            leakage_uw=deep * wide * self.leakage_uw,
        )


class SramTable:
    """Figures of SRAMs by size.

    A table without names is a grid: every depth with every width. Between its points each figure is
    interpolated, its logarithm over the logarithms of depth and width. A smaller SRAM costs what
    the smallest point does; a larger one is cut into the fewest equal banks that the grid holds.

    A table with names is a list of macros: an SRAM is the macro of the smallest area that is deep
    and wide enough.

    Parameters
    ----------
    rows : mapping of tuple of int to SramCost
        Figures by depth and width.
    source : str
        Where the table is from, for people.

    Raises
    ------
    InputError
        There are no rows, or rows without names are no grid.
    """

    def __init__(self, rows: dict[tuple[int, int], SramCost], source: str) -> None:
        self.source = source
        self._rows = rows
        self._depths = sorted({depth for depth, _ in rows})
        self._widths = sorted({width for _, width in rows})
        self._named = any(cost.name for cost in rows.values())
        if not rows:
            raise InputError(f"{source}: a table of SRAMs must have a row, not none: add one")
        missing = len(self._depths) * len(self._widths) - len(rows)
        if missing and not self._named:
            raise InputError(
                f"{source}: a table without names must have every depth with every width, but "
                f"{missing} are missing: add them, or a column name for macros"
            )

    def cost(self, depth: int, width: int) -> SramCost:
        """Return the figures of an SRAM.

        Parameters
        ----------
        depth, width : int
            Words, and bits of a word.

        Returns
        -------
        SramCost

        Raises
        ------
        InputError
            No macro of the table is large enough.
        """
        if self._named:
            return self._macro(depth, width)
        deep, wide = -(-depth // self._depths[-1]), -(-width // self._widths[-1])
        return self._between(-(-depth // deep), -(-width / wide)).parts(deep, wide)

    def _macro(self, depth: int, width: int) -> SramCost:
        """Return the smallest macro that holds so many words of so many bits."""
        fitting = [cost for (d, w), cost in self._rows.items() if d >= depth and w >= width]
        if not fitting:
            sizes = ", ".join(f"{d} x {w}" for d, w in sorted(self._rows))
            raise InputError(
                f"{self.source}: an SRAM of {depth} words of {width} bits must fit a macro of the "
                f"table, but there are {sizes}: add a larger one or make the memory smaller"
            )
        return min(fitting, key=lambda cost: cost.area_um2)

    def _between(self, depth: float, width: float) -> SramCost:
        """Interpolate between the four points around a size."""
        low, high, down = _around(self._depths, depth)
        left, right, across = _around(self._widths, width)

        def figure(name: str) -> float:
            upper, lower = (
                getattr(self._rows[row, left], name) ** (1 - across)
                * getattr(self._rows[row, right], name) ** across
                for row in (low, high)
            )
            return upper ** (1 - down) * lower**down

        return SramCost(
            area_um2=figure("area_um2"),
            read_pj=figure("read_pj"),
            write_pj=figure("write_pj"),
            access_ns=figure("access_ns"),
            leakage_uw=figure("leakage_uw"),
        )


def _around(values: list[int], value: float) -> tuple[int, int, float]:
    """Return the neighbours of a value, and how far it is from the first to the second, 0 to 1."""
    low = max((v for v in values if v <= value), default=values[0])
    high = min((v for v in values if v >= value), default=values[-1])
    return low, high, log(max(value, low) / low) / log(high / low) if high > low else 0.0


def read_srams(path: Path = CACTI_45NM) -> SramTable:
    """Read a table of SRAMs.

    Parameters
    ----------
    path : pathlib.Path, optional
        CSV file: lines that begin with ``#`` are comments, then a line of headings, `NEEDED` among
        them, and a line for each size. Without ``write_pj`` a write costs what a read does, without
        ``leakage_uw`` nothing leaks.

    Returns
    -------
    SramTable

    Raises
    ------
    InputError
        The file cannot be read, a column is missing, or a figure is no positive number.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"a table of SRAMs must be a CSV file that can be read, but {path}: {error}"
        ) from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    reader = csv.DictReader(lines, skipinitialspace=True)
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"{path}: a table of SRAMs must have the columns {', '.join(NEEDED)}, but lacks "
            f"{', '.join(missing)}: add them to its first line"
        )
    return SramTable(_rows(reader, str(path)), "CACTI 45nm" if path == CACTI_45NM else str(path))


def _rows(reader: Iterable[dict[str, str]], path: str) -> dict[tuple[int, int], SramCost]:
    """Return the figures of every line by depth and width."""
    rows: dict[tuple[int, int], SramCost] = {}
    for line in reader:
        try:
            size = int(line["depth"]), int(line["width"])
            figures = {name: float(line[name]) for name in ("area_um2", "read_pj", "access_ns")}
            write = float(line.get("write_pj") or figures["read_pj"])
            leakage = float(line.get("leakage_uw") or 0)
        except (TypeError, ValueError):
            size, figures, write, leakage = (0, 0), {}, 0.0, -1.0
        every = (*size, *figures.values(), write)
        if not (all(0 < figure < inf for figure in every) and 0 <= leakage < inf):
            given = ",".join(str(value) for value in line.values())
            raise InputError(
                f"{path}: every figure of an SRAM must be a positive number, not {given!r}: "
                "correct that line"
            )
        cost = SramCost(name=line.get("name") or "", **figures, write_pj=write, leakage_uw=leakage)
        if size not in rows or cost.area_um2 < rows[size].area_um2:
            rows[size] = cost
    return rows
