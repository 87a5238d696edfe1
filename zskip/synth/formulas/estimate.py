"""Estimates: what an array costs on a target, by the fitted formulas."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from zskip.engines import engine_of
from zskip.model.common.config import EngineConfig
from zskip.model.common.energy import published
from zskip.model.common.errors import InputError
from zskip.model.common.structure import Structure
from zskip.synth.formulas.formula import (
    CLOCK_NS,
    AsicFormula,
    Formula,
    FpgaFormula,
    Logic,
)
from zskip.synth.formulas.rams import ECP5_RAMS, XILINX_RAMS
from zskip.synth.nextpnr import ROUTER1_LUTS

COEFFICIENTS = Path(__file__).with_name("coefficients.json")
"""Coefficients by engine, target, figure and term, as `zskip.synth.formulas.refit` writes them."""

LOGIC_NM, SRAM_NM = 130, 45
"""Feature sizes of the standard cells and of the table of SRAMs."""

Figures = dict[str, float]
"""Figures by the names that syntheses have for them."""


REFERENCE = "ecp5"
"""Target whose formulas tell the logic that those of the others start from."""

ByFigure = Mapping[str, Mapping[str, float]]
ByTarget = Mapping[str, ByFigure]
"""Coefficients by figure and term, and these by target."""


@cache
def formulas() -> dict[str, Formula]:
    """Return the formulas by target, `REFERENCE` first."""
    return {
        # What another router routes is much slower.
        "ecp5": FpgaFormula("ECP5", ECP5_RAMS, clock_size=ROUTER1_LUTS),
        "xilinx": FpgaFormula("Xilinx 7 series", XILINX_RAMS, registers_in_dsps=True),
        "asic": AsicFormula("130nm", published().srams),
    }


@cache
def estimate(config: EngineConfig, target: str) -> Figures:
    """Estimate what an array costs.

    Parameters
    ----------
    config : EngineConfig
        The array.
    target : str
        A name of `formulas`.

    Returns
    -------
    dict of str to float
        Figures of the whole array as a synthesis has them, and `CLOCK_NS` where it was fitted
        to such arrays.

    Raises
    ------
    InputError
        The engine was not fitted for the target.
    """
    known = _coefficients().get(config.ENGINE, {})
    if not {REFERENCE, target} <= set(known):
        raise InputError(
            f"an estimate must have formulas for {config.ENGINE} on {target}, but none are "
            "fitted: use zskip synth, or fit them with scripts/formulas"
        )
    structure = engine_of(config).structure(config)
    return _applied(known[target], formulas()[target], structure, logic(structure, known))


def logic(structure: Structure, known: ByTarget) -> Logic:
    """Return the logic of an array on ECP5.

    Parameters
    ----------
    structure : Structure
        The array.
    known : mapping of str to mapping
        Coefficients of its engine by target, figure and term.
    """
    formula = formulas()[REFERENCE]
    figures = _applied(known[REFERENCE], formula, structure, Logic(0, 0))
    exact = formula.exact(structure)
    return Logic(figures["LUT"] - exact["LUT"], figures["FF"] - exact["FF"])


def _applied(known: ByFigure, formula: Formula, structure: Structure, logic: Logic) -> Figures:
    """Return the figures of a formula."""
    figures = formula.exact(structure)
    for name in formula.fitted:
        figures[name] += _sum(known[name], formula.terms(structure, name, logic))
    if CLOCK_NS in known and figures[formula.size] <= formula.clock_size:
        terms = formula.clock_terms(structure, figures[formula.size])
        figures[CLOCK_NS] = _sum(known[CLOCK_NS], terms)
    return figures


def _sum(coefficients: Mapping[str, float], terms: Mapping[str, float]) -> float:
    """Return the sum of terms with their coefficients."""
    return sum(each * terms[term] for term, each in coefficients.items())


def chip_um2(config: EngineConfig) -> float:
    """Estimate the area of logic and SRAMs in 130nm.

    The table of SRAMs is for 45nm; their areas are taken with the square of the feature sizes.

    Parameters
    ----------
    config : EngineConfig
        The array.

    Returns
    -------
    float
        Square micrometers.

    Raises
    ------
    InputError
        The engine was not fitted.
    """
    figures = estimate(config, "asic")
    return figures["logic um2"] + figures["SRAM um2"] * (LOGIC_NM / SRAM_NM) ** 2


def fitted(engine: str) -> bool:
    """Tell whether there are formulas for an engine on all targets."""
    return set(formulas()) <= set(_coefficients().get(engine, ()))


@cache
def _coefficients() -> Mapping[str, ByTarget]:
    """Read the coefficients."""
    return json.loads(COEFFICIENTS.read_text(encoding="utf-8"))["engines"]
