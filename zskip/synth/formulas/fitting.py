"""Least squares: from syntheses to coefficients."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from zskip.engines import engine_of
from zskip.model.common.config import EngineConfig
from zskip.synth.formulas.estimate import REFERENCE, ByTarget, Figures, formulas, logic
from zskip.synth.formulas.formula import CLOCK_NS, Logic

ROUNDS = 2000
"""Rounds in which each coefficient in turn gets its best value beside the others."""


class Row(NamedTuple):
    """An equation.

    Parameters
    ----------
    terms : mapping of str to float
        Terms by name.
    value : float
        Their sum.
    whole : float
        What an error is relative to.
    """

    terms: Mapping[str, float]
    value: float
    whole: float


class Measured(NamedTuple):
    """A synthesis.

    Parameters
    ----------
    config : EngineConfig
        What was synthesized.
    figures : dict of str to float
        What it took.
    """

    config: EngineConfig
    figures: Figures


def fitted(
    target: str, measured: Sequence[Measured], known: ByTarget
) -> dict[str, dict[str, float]]:
    """Fit the coefficients of an engine on a target.

    Parameters
    ----------
    target : str
        The target.
    measured : sequence of Measured
        Syntheses of the engine on it; those without a figure are left out of the fit of that.
    known : mapping of str to mapping
        Coefficients of the engine on other targets; those of `REFERENCE` for all others.

    Returns
    -------
    dict of str to dict of str to float
        Coefficients of the terms of each figure; those that are 0 are left out.
    """
    formula = formulas()[target]
    arrays = [(engine_of(one.config).structure(one.config), one.figures) for one in measured]
    rows: dict[str, list[Row]] = {name: [] for name in (*formula.fitted, CLOCK_NS)}
    for array, figures in arrays:
        measure = Logic(0, 0) if target == REFERENCE else logic(array, known)
        exact = formula.exact(array)
        for name in formula.fitted:
            terms = formula.terms(array, name, measure)
            rows[name].append(Row(terms, figures[name] - exact[name], figures[name]))
        if CLOCK_NS in figures:
            terms = formula.clock_terms(array, figures[formula.size])
            rows[CLOCK_NS].append(Row(terms, figures[CLOCK_NS], figures[CLOCK_NS]))
    return {name: least_squares(found) for name, found in rows.items() if found}


def least_squares(rows: Sequence[Row]) -> dict[str, float]:
    """Return coefficients, none below 0, with the least sum of squares of relative errors.

    Parameters
    ----------
    rows : sequence of Row
        At least one; all have the same terms.
    """
    names = list(rows[0].terms)
    scale = np.array([max(abs(whole), 1.0) for _, _, whole in rows])
    matrix = np.array([[terms[name] for name in names] for terms, _, _ in rows]) / scale[:, None]
    used = [index for index in range(len(names)) if matrix[:, index].any()]
    matrix, target = matrix[:, used], np.array([value for _, value, _ in rows]) / scale
    lengths = np.linalg.norm(matrix, axis=0)
    products, sums = (matrix / lengths).T @ (matrix / lengths), (matrix / lengths).T @ target
    found = np.zeros(len(used))
    for _ in range(ROUNDS):
        for index in range(len(used)):
            step = sums[index] - products[index] @ found
            found[index] = max(0.0, found[index] + step)
    values = zip(used, (found / lengths).tolist(), strict=True)
    return {names[index]: value for index, value in values if value > 0}
