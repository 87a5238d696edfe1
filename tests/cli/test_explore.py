"""``zskip explore``; oracle: the library function."""

import json
from pathlib import Path

import pytest

import zskip
from zskip.cli import main
from zskip.model.eie.figures.explored import WIDTHS
from zskip.model.eie.figures.presets import DEPTHS

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
SMALL = ["explore", "--scale", "0.03", "--jobs", "0", "--layer", "NT-We", "--layer", "VGG-7"]


def test_json_and_screen(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = [
        *SMALL,
        "--pes",
        "2,4",
        "--set",
        "queue_depth=1:3",
        "--csv",
        str(tmp_path / "rows.csv"),
    ]
    assert main([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    oracle = zskip.explore(
        settings={"pe_count": (2, 4), "queue_depth": (1, 2, 3)},
        layers=["NT-We", "VGG-7"],
        scale=0.03,
    )
    assert rows == oracle.to_dict()
    assert (tmp_path / "rows.csv").read_text() == oracle.to_csv()
    assert main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0].split()[:5] == ["front", "engine", "PEs", "queue_depth", "cycles"]
    for line, front in zip(lines[1:7], oracle.front, strict=True):
        assert line.startswith("*") == front
    assert lines[7].startswith(f"6 configurations, {sum(oracle.front)} on the Pareto front (*) of ")
    assert lines[8:] == [
        "2 layers: geometric means, of bytes the largest",
        f"rows: {tmp_path / 'rows.csv'}",
    ]


def test_of_many_configurations_the_front_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*SMALL, "--set", "queue_depth=1:50"]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = [line for line in lines[1:] if line.startswith(("*", " "))]
    assert 0 < len(shown) < 50
    assert all(line.startswith("*") for line in shown)
    assert f"50 configurations, {len(shown)} on the Pareto front" in lines[len(shown) + 1]
    assert lines[len(shown) + 1].endswith("; only these are shown")


@pytest.mark.parametrize(
    ("kind", "columns"),
    [("queue", DEPTHS), ("width", WIDTHS), ("padding", (1, 2)), ("switches", ())],
)
def test_preset(
    kind: str, columns: tuple[int, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plot = tmp_path / "plot.svg"
    words = [*SMALL, "--preset", kind, "--plot", str(plot), "--store", str(tmp_path / "store")]
    assert main([*words, "--json"]) == 0
    points = json.loads(capsys.readouterr().out)
    assert {point["network"] for point in points} == {"NT-We", "VGG-7"}
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"plot: {plot}"
    assert lines[-2] == f"{len(points)} points of {len(points)} taken from the store"
    assert len(lines) == (20 if kind == "switches" else 7)
    assert lines[0].split()[1 : 1 + len(columns)] == [str(value) for value in columns]
    assert lines[-3].endswith("counted" if kind == "width" else "cycle model")


def test_a_network_and_a_list(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("config,queue_depth\ntiny,2\ntiny,4\n")
    words = ["explore", str(EXAMPLE / "network.npz"), "-i", str(EXAMPLE / "test.npz"), "--jobs"]
    words += ["0", "--count", "5", "--points", str(tmp_path / "points.csv"), "--json"]
    assert main([*words, "--input-scale", "0.0625", "--activations", "relu,relu,none"]) == 0
    captured = capsys.readouterr()
    rows = json.loads(captured.out)
    assert [(row["config"], row["queue_depth"]) for row in rows] == [
        ("tiny queue_depth=2", 2),
        ("tiny queue_depth=4", 4),
    ]
    assert captured.err == ""
    assert all(row["accuracy"] > 0.5 for row in rows)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--preset", "speed"], "a preset must be one of queue, pes, width, "),
        (["--set", "queue_depth"], "a setting must be FIELD=VALUE, not 'queue_depth': add a value"),
        (["--set", "queue_depth=x"], "queue_depth must be an integer, not 'x'"),
        (["--set", "queue_depth=4,"], "queue_depth must be an integer, not ''"),
        (["--set", "queue_depth=4:2"], "a range of queue_depth must be LOW:HIGH with 1 to 100,000"),
        (["--set", "queue_depth=1:"], "queue_depth must be an integer, not ''"),
        (["--pes", "2", "--set", "pe_count=4"], "pe_count must be set once, not again by"),
        (["--set", "speed=1"], "a configuration field must be one of pe_count, "),
        (["--samples", "0"], "0 is not in the range x>=1"),
        (["--scheduler", "x"], "only one of --jobs and --scheduler must be given: leave one out"),
        (["--points", "none.csv"], "none.csv must be a CSV file that can be read"),
        (["--front", "speed"], "a Pareto front must be of some of cycles, "),
        (["--count", "3"], "--count must be given with a network only: leave one out"),
    ],
)
def test_bad_input(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert main([*SMALL, *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
