"""``zskip fit``; oracle: the library function, and one line for every bad input."""

import json

import pytest

import zskip
from zskip.cli import main
from zskip.synth.formulas.parts import PARTS


def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--config", "tiny"]) == 0
    out = capsys.readouterr().out
    assert [line.split("  ")[0] for line in out.splitlines()[1:7]] == [
        part.title for part in PARTS.values()
    ]
    assert "no" not in out.split()[:60]
    assert "130nm: logic " in out
    assert " cycles, " in out


def test_what_does_not_fit(capsys: pytest.CaptureFixture[str]) -> None:
    # 4 x 64 blocks of weights, 4 x 2 x 18 of pointers, 4 x (1 + 2) others, 2 of the program.
    assert main(["fit", "--config", "paper", "--pes", "4", "--part", "ecp5-85"]) == 0
    out = capsys.readouterr().out
    assert "ECP5-85 has 208 block RAM, not 398: --" in out
    assert out.split("would fit")[0].count("ECP5") == 2


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--engine", "nm", "--config", "tiny", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    report = zskip.fit(engine="nm", config="tiny")
    assert found["figures"] == report.figures
    assert [one["part"] for one in found["parts"]] == list(PARTS)
    assert found["configuration"]["pe_count"] == 2


def test_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--part", "spartan"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("zskip: error: a part must be one of ecp5-25, ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
