"""``zskip compare``; oracle: the library functions."""

import json
from pathlib import Path

import pytest

import zskip
from zskip.cli import main

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS = str(EXAMPLE / "network.npz")
INPUTS = str(EXAMPLE / "test.npz")
NETWORK = ["compare", WEIGHTS, "-i", INPUTS, "--input-scale", "0.0625", "--count", "5", "--model"]
SHAPE = ["compare", "--shape", "32x48", "--multipliers", "16", "--jobs", "1"]


def test_a_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    plot = str(tmp_path / "plot.svg")
    words = [*NETWORK, "--engines", "nm_1_4,nm,dense", "--multipliers", "32", "--plot", plot]
    assert main([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    expected = zskip.compare(
        WEIGHTS,
        INPUTS,
        input_scale=1 / 16,
        count=5,
        model=True,
        engines="nm_1_4,nm,dense",
        multipliers=32,
    )
    assert rows == expected.to_dict()
    assert rows[1].keys() >= {
        "name",
        "pattern",
        "multipliers",
        "cycles",
        "utilization",
        "energy_nj",
        "pj_per_mac",
        "chip_bytes",
        "weights_kept",
        "snr_db",
        "accuracy",
        "float_accuracy",
        "activations_read",
    }
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0].split()[:4] == ["engine", "pattern", "cycles", "/dense"]
    assert lines[2].split()[:4] == ["nm", "2:4", f"{rows[1]['cycles']:,.1f}", "0.51"]
    assert lines[3].split()[3] == "1.00"
    assert lines[4] == "32 multipliers each; means over 5 inputs; models"
    assert lines[5] == "configurations: nm is nm_2_4"
    assert lines[-1] == f"plot: {plot}"


def test_one_density(capsys: pytest.CaptureFixture[str]) -> None:
    words = [*SHAPE, "--density", "0.5", "--engines", "nm,dense"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:3]] == [["nm", "2:4"], ["dense", "4:4"]]
    assert "a layer of 32 x 48, 50% of its weights and 100% of its inputs not zero" in lines[3]


def test_a_map(capsys: pytest.CaptureFixture[str]) -> None:
    engines = "eie,nm,dense"
    words = [*SHAPE, "--density", "0.1:0.9:3", "--activation-density", "0.5", "--seed", "7"]
    words += ["--engines", engines]
    assert main([*words, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    report = zskip.density_map(
        (32, 48),
        [0.1, 0.5, 0.9],
        activation_density=0.5,
        engines=engines,
        multipliers=16,
        seed=7,
    )
    assert result["rows"] == report.to_dict()
    assert [duel["names"] for duel in result["duels"]] == [
        ["eie", "nm"],
        ["eie", "dense"],
        ["nm", "dense"],
    ]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["density", "0.1", "0.5", "0.9"]
    assert str(report.duels[2]) in lines
    assert main([*SHAPE, "--density", "0.05:1.0", "--json", "--engines", "nm"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["density"] for row in rows] == [round(0.05 * n, 9) for n in range(1, 21)]


def test_benchmark_layers(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["compare", "--layer", "NT-We", "--layer", "alex-8", "--scale", "0.05", "--jobs", "1"]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["layer", "NT-We", "Alex-8", "geometric"]
    assert lines[1].split()[1:6] == ["30", "x", "205", "10.0%", "100.0%"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--shape", "32"], "a shape must be AxB, outputs and inputs, not '32'"),
        (["--shape", "32xb", "--density", "0.1"], "a shape must be AxB"),
        (["--shape", "-1x4", "--density", "0.1"], "a shape must be AxB"),
        (["--shape", "0x4", "--density", "0.1"], "at least one output and one input"),
        (["--shape", "8x8"], "a shape must come with a density: add --density 0.05:1.0"),
        (["--shape", "8x8", "--density", "x"], "LOW:HIGH or LOW:HIGH:N, not 'x'"),
        (["--shape", "8x8", "--density", "0.1:0.5:1"], "LOW:HIGH:N, not '0.1:0.5:1'"),
        (["--shape", "8x8", "--density", "0.1:0.5:3:4"], "LOW:HIGH:N, not '0.1:0.5:3:4'"),
        (["--shape", "8x8", "--density", "0.5:0.1"], "must be below the second one"),
        (["--shape", "8x8", "--density", "nan:1"], "must be below the second one"),
        (["--shape", "8x8", "--density", "0:1"], "density must be above 0 and at most 1, not 0.0"),
        (["--shape", "8x8", "--density", "0.5:2"], "at most 1, not 2.0"),
        (
            ["--shape", "8x8", "--density", "1", "--activation-density", "0"],
            "density of the activations must be above 0",
        ),
        (["--shape", "8x8", "--density", "1", "--layer", "NT-We"], "--layer must be given without"),
        (["--shape", "8x8", "--density", "1", "-i", INPUTS], "--inputs must be given with a netw"),
        (["--layer", "NT-We", "--density", "0.1"], "--density must be given with a network or a"),
        (["--layer", "Alex-9"], "a benchmark layer must be one of"),
        (["--count", "3"], "--count must be given with a network only"),
        (["--model"], "--model must be given with a network only"),
        ([WEIGHTS], "inputs must be given to run a network with: add --inputs FILE"),
        ([WEIGHTS, "-i", INPUTS, "--shape", "8x8"], "--shape must be given without a network"),
        ([WEIGHTS, "-i", INPUTS, "--check", "1"], "--check must be given without a network"),
        ([WEIGHTS, "-i", INPUTS, "--seed", "1"], "--seed must be given without a network"),
        ([WEIGHTS, "-i", INPUTS, "--density", "0.1:1"], "a density must be a number"),
        ([WEIGHTS, "-i", "none.npy"], "none.npy must exist"),
        (["--engines", "eie,nmm"], "not 'nmm': did you mean nm"),
        (["--multipliers", "63"], "a number that eie can have, not 63"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main(["compare", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
