"""Syntheses that formulas are fitted to and checked by."""

import csv
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from zskip.engines import engine as find_engine
from zskip.files.atomic import write_file
from zskip.model.common.config import EngineConfig
from zskip.synth.design import Design
from zskip.synth.formulas.estimate import Figures
from zskip.synth.formulas.formula import CLOCK_NS
from zskip.synth.options import Options
from zskip.synth.targets import target as find_target

SAMPLES = Path(__file__).with_name("samples")
"""Folder of a table of configurations for each engine."""

BASE = "tiny"
"""Named configuration of every engine that the rows of a table change."""

CLOCK_MHZ = 400.0
"""Frequency that standard cells are mapped for: that of the tables of the documentation."""


class Sample(NamedTuple):
    """A configuration to synthesize.

    Parameters
    ----------
    config : EngineConfig
        The configuration.
    check : bool
        It checks formulas and is never fitted to.
    routed : bool
        It is placed and routed on ECP5 too.
    """

    config: EngineConfig
    check: bool
    routed: bool


def samples(engine: str) -> tuple[Sample, ...]:
    """Return the configurations of an engine's table.

    Parameters
    ----------
    engine : str
        Name of the engine.
    """
    base = find_engine(engine).configs[BASE]
    with (SAMPLES / f"{engine}.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: int(cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    return tuple(
        Sample(
            check=bool(row.pop("check")),
            routed=bool(row.pop("routed")),
            config=base.replace(**row),
        )
        for row in rows
    )


class Syntheses:
    """Syntheses, each done once for as long as the Verilog stays the same but for comments.

    Parameters
    ----------
    store : pathlib.Path
        Folder that keeps the figures.
    liberty : pathlib.Path, optional
        Standard cells for ``asic``.
    """

    def __init__(self, store: Path, liberty: Path | None = None) -> None:
        self._store = store
        self._options: Mapping[str, Options] = {
            "asic": Options(liberty=liberty, clock_mhz=CLOCK_MHZ),
            "ecp5": Options(no_route=True),
        }

    def figures(self, target: str, config: EngineConfig, *, routed: bool = False) -> Figures:
        """Return the figures of a configuration on a target, from the store where it has them.

        Parameters
        ----------
        target : str
            The target.
        config : EngineConfig
            The configuration.
        routed : bool, optional
            Place and route it, for the clock.

        Raises
        ------
        InputError
            A tool is missing, or the design does not fit.
        RunFailure
            A tool failed.
        """
        options = Options() if routed else self._options.get(target, Options())
        design = Design(config=config)
        # Comments, configuration and version among them, change no netlist.
        code = re.sub(r"^ *//.*\n", "", design.verilog(), flags=re.MULTILINE)
        text = f"{target} {options} {code}"
        path = self._store / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
        if not path.exists():
            result = find_target(target).run(design, options)
            numbers = {name: x for name, x in result.figures.items() if isinstance(x, int | float)}
            self._store.mkdir(parents=True, exist_ok=True)
            write_file(path, json.dumps({**result.totals, **numbers}).encode())
        found = json.loads(path.read_text(encoding="utf-8"))
        if "fmax_mhz" in found:
            found[CLOCK_NS] = 1e3 / found["fmax_mhz"]
        elif "period_ns" in found:
            found[CLOCK_NS] = found["period_ns"]
        return found
