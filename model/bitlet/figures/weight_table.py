"""Table of the cycles for 64 weights, for weights of known distributions."""

from zskip.model.bitlet.figures.cycles import SWITCHES, Measured, table
from zskip.model.common.figure_table import FigureTable

GROUPS = 4000
"""Groups of 64 weights of each distribution."""

LEAST_GROUPS = 512
"""Fewest of them that keep 8 engines of 3 rows busy."""

NOTES = (
    "cycles for 64 weights of each kind, mean over {groups:,} random groups; gain is dense / ideal",
    "dense: one multiplier, or bit-serial ones in as many lanes; ideal: the fullest bit column; "
    "window: the published finder of 8 bits; bound: all ones spread evenly over the lanes",
    "then the engine's cycles, loading included, of the plain engine of 24 lanes with each switch: "
    "one bank or two, columns inverted, lanes that run ahead over 4 groups, 3 rows side by side, "
    "8 engines that end groups together, or decoupled by a queue of 2 groups, and all of these",
)


def weight_table(seed: int, groups: int = GROUPS) -> FigureTable:
    """Measure the cycles for 64 weights of every distribution.

    Parameters
    ----------
    seed : int
        Seed of the weights.
    groups : int, optional
        Groups of each distribution; at least `LEAST_GROUPS` are drawn.

    Returns
    -------
    FigureTable
    """
    drawn = max(groups, LEAST_GROUPS)
    return FigureTable(
        name="weights",
        title="cycles for 64 weights",
        heads=(
            *("weights", "lanes", "zero bits", "dense", "ideal", "window", "bound", "gain"),
            *SWITCHES,
        ),
        rows=[_row(measured) for measured in table(drawn, seed)],
        notes=[note.format(groups=drawn) for note in NOTES],
    )


def _row(measured: Measured) -> list[str | int | float]:
    """Return the cells of a distribution."""
    figures = (
        measured.dense,
        measured.ideal,
        measured.window,
        measured.bound,
        measured.gain,
        *measured.switched.values(),
    )
    return [
        measured.name,
        measured.lanes,
        f"{measured.zero_bits:.1%}",
        *(round(float(figure), 2) for figure in figures),
    ]
