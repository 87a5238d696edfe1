"""OpenSTA's reports; oracle: reports as it writes them."""

import stat
from pathlib import Path

import pytest

from zskip.model.common.errors import RunFailure
from zskip.synth.asic.mapping import GATES
from zskip.synth.asic.timing import Analysis
from zskip.synth.tools import Program

CHECKS = """Startpoint: pe_0/_7_ (rising edge-triggered flip-flop clocked by clk)
Endpoint: sram (rising edge-triggered flip-flop clocked by clk)
Path Type: max
   1.8436   data arrival time
  -1.0788   slack (VIOLATED)
"""


def analysis(tmp_path: Path, says: str) -> Analysis:
    """An analysis by a program that says something."""
    program = tmp_path / "sta"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    netlist = "  DFF _7_ (\n    .D(a),\n    .Q(\\queue.word[3] )\n  );\n"
    (tmp_path / GATES).write_text(netlist, encoding="utf-8")
    return Analysis(Program("sta", "", (str(program),)), tmp_path, "top", 1250)


def test_longest_path(tmp_path: Path) -> None:
    path = analysis(tmp_path, CHECKS).longest_path("")
    assert path.ns == pytest.approx(0.8 + 1.0788)
    assert (path.start, path.end) == ("pe_0/queue.word[3]", "sram")


@pytest.mark.parametrize(
    ("says", "message"),
    [
        (f"Error: netlist.v, line 3 syntax error\n{CHECKS}", "said: Error: netlist.v, line 3"),
        ("No paths found.", "must find a path to check, but said: No paths found."),
    ],
)
def test_failures(tmp_path: Path, says: str, message: str) -> None:
    with pytest.raises(RunFailure, match=message):
        analysis(tmp_path, says).longest_path("")
