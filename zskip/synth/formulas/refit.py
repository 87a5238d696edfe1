"""Fit the formulas anew; ``scripts/formulas`` runs this module."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from zskip.engines import ENGINES
from zskip.files.atomic import write_file
from zskip.synth.formulas.estimate import COEFFICIENTS, ByTarget, formulas
from zskip.synth.formulas.fitting import Measured, fitted
from zskip.synth.formulas.syntheses import Syntheses, samples

DIGITS = 6
"""Digits of a coefficient in the file."""


def main(words: Sequence[str] | None = None) -> None:
    """Synthesize the samples of engines, fit to them, and write the coefficients.

    Coefficients of engines and targets that are not asked for stay as they are.

    Parameters
    ----------
    words : sequence of str, optional
        Arguments; those of the command line without them.
    """
    parser = argparse.ArgumentParser(prog="scripts/formulas", description=__doc__)
    parser.add_argument("--store", type=Path, required=True, help="folder that keeps syntheses")
    parser.add_argument("--liberty", type=Path, help="standard cells, for asic")
    parser.add_argument("--engine", action="append", choices=ENGINES, help="may be repeated")
    parser.add_argument("--target", action="append", choices=formulas(), help="may be repeated")
    parser.add_argument("--route", action="store_true", help="place and route too, for the clock")
    parser.add_argument("--output", type=Path, default=COEFFICIENTS, help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    syntheses = Syntheses(given.store, given.liberty)
    known = json.loads(given.output.read_text("utf-8")) if given.output.exists() else {}
    known["made by"] = "scripts/formulas, as docs/synthesis.md has it"
    engines = known.setdefault("engines", {})
    for engine in given.engine or ENGINES:
        for target in given.target or formulas():
            own = engines.setdefault(engine, {})
            found = fit(syntheses, engine, target, own, routed=given.route)
            # A clock stays where nothing was routed.
            own[target] = {**own.get(target, {}), **found}
            write_file(given.output, (json.dumps(known, indent=1) + "\n").encode())


def fit(
    syntheses: Syntheses, engine: str, target: str, known: ByTarget, *, routed: bool
) -> dict[str, dict[str, float]]:
    """Synthesize the samples of an engine for a target, and fit to them.

    Parameters
    ----------
    syntheses : Syntheses
        Does the syntheses.
    engine, target : str
        Names of both.
    known : mapping of str to mapping
        Coefficients of the engine by target.
    routed : bool
        Place and route those samples too that say so.

    Returns
    -------
    dict of str to dict of str to float
        Coefficients of the terms of each figure.
    """
    measured = []
    for sample in samples(engine):
        if not sample.check:
            figures = syntheses.figures(target, sample.config)
            if routed and sample.routed and target == "ecp5":
                clock = syntheses.figures(target, sample.config, routed=True)
                figures = {**figures, **clock}
            measured.append(Measured(sample.config, figures))
            print(f"{engine} {target}: {len(measured)} samples", flush=True)
    return {
        figure: {term: float(f"{each:.{DIGITS}g}") for term, each in terms.items()}
        for figure, terms in fitted(target, measured, known).items()
    }


if __name__ == "__main__":
    main()
