"""``zskip sensitivity``; oracle: the library function."""

import json
from pathlib import Path

import pytest

import zskip
from zskip.cli import main

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS = str(EXAMPLE / "network.npz")
INPUTS = str(EXAMPLE / "test.npz")
WORDS = ["sensitivity", WEIGHTS, "-i", INPUTS, "--input-scale", "0.0625", "--count", "100"]


def test_json_and_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plot = str(tmp_path / "plot.svg")
    words = [*WORDS, "--densities", "0.5,0.02", "--plot", plot]
    assert main([*words, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    expected = zskip.sensitivity(
        WEIGHTS, INPUTS, densities=(0.02, 0.5), count=100, input_scale=1 / 16
    )
    assert [row["score"] for row in report["rows"]] == [row.score for row in expected.rows]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0].split() == ["layer", "0.02", "0.5"]
    low, high = (f"{row.score:.2%}" for row in expected.rows[:2])
    assert lines[1].split() == ["fc1", low, high]
    assert lines[-1] == f"plot: {plot}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--densities", "0.1,x"], "densities must be numbers with commas between them"),
        (["--densities", "0.1,0"], "density must be above 0 and at most 1, not 0.0"),
        (["--densities", "nan"], "density must be above 0 and at most 1, not nan"),
        (["--input-scale", "0"], "the input scale must be positive"),
        (["--labels", "none.npy"], "none.npy must exist"),
        (["--plot", "none/plot.svg"], "must be in a folder that exists"),
        (["-i", "none.npy"], "none.npy must exist"),
        (["-i", WEIGHTS], "must hold one array of inputs"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main([*WORDS, *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
