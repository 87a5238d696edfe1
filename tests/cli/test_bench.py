"""``zskip bench``; oracle: the library function."""

import json
from pathlib import Path

import pytest

import zskip
from zskip.cli import main
from zskip.model.common.benchmark import NAMES

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
FLOATS = str(EXAMPLE / "network.npz")
INPUTS = str(EXAMPLE / "calibration.npz")
SMALL = ["bench", "--model", "--scale", "0.03", "--jobs", "1"]

KEYS = [
    "engine",
    "layer",
    "config",
    "pe_count",
    "cycles",
    "macs",
    "padding",
    "stalls",
    "dense_cycles",
    "limit_cycles",
    "speedup",
    "utilization",
    "energy_nj",
    "pj_per_mac",
    "paper_theoretical_cycles",
    "paper_actual_cycles",
    "source",
]


def test_json_and_screen(capsys: pytest.CaptureFixture[str]) -> None:
    words = [*SMALL, "--config", "tuned", "--pes", "8", "--set", "queue_depth=4", "--seed", "3"]
    assert main([*words, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [result["layer"] for result in results] == list(NAMES)
    assert all(list(result) == KEYS for result in results)
    assert {result["config"] for result in results} == {"tuned queue_depth=4"}
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0].split()[:6] == ["layer", "size", "weights", "inputs", "cycles", "limit"]
    for line, result in zip(lines[1:10], results, strict=True):
        assert line.split()[0] == result["layer"]
        assert f" {result['cycles']:,} " in line
        assert f" {result['utilization']:.1%} " in line
    assert lines[10].split()[:2] == ["all", f"{sum(result['cycles'] for result in results):,}"]
    assert lines[11] == "configuration tuned queue_depth=4, 8 PEs; cycle model"


def test_beside_the_paper(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--model", "--layer", "NT-We"]
    assert main([*words, "--json"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["paper_theoretical_cycles"], result["paper_actual_cycles"]) == (4160, 6400)
    assert main(words) == 0
    _, line, means, _, _ = capsys.readouterr().out.splitlines()
    assert " 6,400 " in line
    assert means.startswith("geometric mean")
    assert f" {result['cycles'] / 6400:.2f} " in line


def test_own_network(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--model", "--weights", FLOATS, "--inputs", INPUTS, "--count", "4"]
    words += ["--input-scale", "0.0625", "--config", "tiny"]
    assert main([*words, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [result["layer"] for result in results] == ["fc1", "fc2", "fc3"]
    assert all(list(result) == KEYS for result in results)
    words += ["--activations", "fc1=none"]
    assert main([*words, "--json"]) == 0
    note = "the weights tell no activations: layers are taken to end so: 'fc2' in ReLU; 'fc3' "
    captured = capsys.readouterr()
    assert captured.err.startswith(f"zskip: note: {note}")
    assert json.loads(captured.out)[1]["macs"] > results[1]["macs"]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "means over 4 inputs" in captured.out
    assert note in captured.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--layer", "Alex-9"], "a benchmark layer must be one of Alex-6, "),
        (["--seed", "-1"], "-1 is not in the range x>=0"),
        (["--scale", "0"], "the scale must be above 0 and at most 1, not 0.0"),
        (["--scale", "nan"], "the scale must be above 0 and at most 1, not nan"),
        (["--pes", "3"], "pe_count must be a power of two"),
        (["--set", "speed=1"], "must be one of pe_count"),
        (["--jobs", "0"], "0 is not in the range x>=1"),
        (["--plot", "none/plot.svg"], "must be in a folder that exists"),
        (["--inputs", INPUTS], "--inputs must be given with --weights only: leave one out"),
        (["--count", "3"], "--count must be given with --weights only: leave one out"),
        (["--activations", "none"], "--activations must be given with --weights only: leave"),
        (["--input-scale", "0.5"], "--input-scale must be given with --weights only: leave"),
        (["--weights", FLOATS], "--inputs must be given with --weights: add"),
        (["--weights", "none.npz", "-i", INPUTS], "none.npz must exist"),
        (["--weights", FLOATS, "-i", "none.npy"], "none.npy must exist"),
        (["--weights", FLOATS, "-i", INPUTS, "--layer", "fc1"], "--layer must be given without"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main([*SMALL, *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
