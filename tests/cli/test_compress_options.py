"""Options of ``zskip compress``; oracles: the library function, and one line for bad input."""

import json
from pathlib import Path
from typing import Any

import pytest

import zskip
from zskip.cli import main
from zskip.files.network import load, to_bytes
from zskip.model.eie.config import TINY

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS = str(EXAMPLE / "network.npz")
INPUTS = str(EXAMPLE / "calibration.npz")


def words(output: Path) -> list[str]:
    common = ["--inputs", INPUTS, "--input-scale", "0.0625", "--config", "tiny", "--count", "60"]
    return ["compress", WEIGHTS, "-o", str(output), *common]


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        (["--prune", "global", "--density", "0.04"], {"prune": "global", "density": 0.04}),
        (["--prune", "balanced", "--density", "0.04"], {"prune": "balanced", "density": 0.04}),
        (["--prune", "deviation", "--quality", "2"], {"prune": "deviation", "quality": 2.0}),
        (
            ["--prune", "deviation", "--quality", "fc1=2"],
            {"prune": "deviation", "quality": {"fc1": 2.0}},
        ),
        (["--pattern", "2:4"], {"pattern": "2:4"}),
        (["--pattern", "1:4", "--permute"], {"pattern": "1:4", "permute": True}),
        (["--kmeans", "linear"], {"kmeans": "linear"}),
        (["--kmeans", "density"], {"kmeans": "density"}),
        (["--kmeans", "random"], {"kmeans": "random"}),
        (["--calibration", "mse"], {"calibration": "mse"}),
        (
            ["--calibration", "percentile", "--percentile", "90"],
            {"calibration": "percentile", "percentile": 90.0},
        ),
        (["--huffman"], {"huffman": True}),
        (["--bias-correction"], {"bias_correction": True}),
        (["--weight-bits", "5"], {"config": TINY.replace(weight_bits=5, entries_per_word=4)}),
        (["--weight-bits", "2"], {"config": TINY.replace(weight_bits=2, entries_per_word=8)}),
        (
            ["--weight-bits", "8", "--set", "run_bits=8", "--set", "spmat_depth=2048"],
            {
                "config": TINY.replace(
                    weight_bits=8, run_bits=8, entries_per_word=4, spmat_depth=2048
                )
            },
        ),
        (
            ["--weight-bits", "5", "--set", "entries_per_word=2", "--set", "spmat_depth=2048"],
            {"config": TINY.replace(weight_bits=5, entries_per_word=2, spmat_depth=2048)},
        ),
    ],
    ids=" ".join,
)
def test_writes_what_the_library_writes(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    arguments: dict[str, Any],
) -> None:
    assert main([*words(tmp_path / "cli.npz"), *options]) == 0
    zskip.compress(
        WEIGHTS,
        tmp_path / "library.npz",
        inputs=INPUTS,
        count=60,
        input_scale=1 / 16,
        **{"config": TINY, **arguments},
    )
    written = (tmp_path / "cli.npz").read_bytes()
    assert written == (tmp_path / "library.npz").read_bytes()
    plain = zskip.compress(
        WEIGHTS,
        tmp_path / "plain.npz",
        inputs=INPUTS,
        count=60,
        input_scale=1 / 16,
        config=TINY,
    )
    assert written != (tmp_path / "plain.npz").read_bytes()
    out = capsys.readouterr().out
    assert ("before pruning" in out) == (options[0] in ("--prune", "--pattern"))
    if options == ["--huffman"]:
        assert to_bytes(load(tmp_path / "cli.npz")) == to_bytes(plain.network)


def test_a_pattern_tells_what_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = zskip.compress(
        WEIGHTS, inputs=INPUTS, count=60, input_scale=1 / 16, config=TINY, pattern="2:4"
    )
    given = [*words(tmp_path / "net.npz"), "--pattern", "2:4"]
    assert main(given) == 0
    plain = capsys.readouterr().out.splitlines()
    head = plain.index("2:4  kept L1  kept L2  unstructured L1  unstructured L2")
    shares = [(share.kept_l1, share.kept_l2) for share in result.shares]
    assert [tuple(line.split()[:3]) for line in plain[head + 1 : head + 4]] == [
        (name, f"{l1:.2%}", f"{l2:.2%}")
        for name, (l1, l2) in zip(("fc1", "fc2", "fc3"), shares, strict=True)
    ]
    assert main([*given, "--permute"]) == 0
    assert "  unpermuted L1  unpermuted L2  " in capsys.readouterr().out
    assert main([*given, "--permute", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["pattern"] == "2:4"
    for layer, row, (l1, l2) in zip(record["layers"], result.to_dict(), shares, strict=True):
        assert (layer["unpermuted_l1"], layer["unpermuted_l2"]) == (l1, l2)
        assert l1 < layer["kept_l1"] <= layer["unstructured_l1"] <= 1
        assert row["kept_l1"] == l1


def test_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    assert main([*words(tmp_path / "net.npz"), "--html", str(page)]) == 0
    assert capsys.readouterr().err == ""
    assert page.read_text().count("<svg") >= 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--prune", "other"], "Invalid value for '--prune'"),
        (["--prune", "deviation"], "pruning by deviation must have a quality and no density"),
        (["--quality", "1"], "a quality must be given for pruning by deviation"),
        (["--quality", "x"], "a quality must be a number or NAME=NUMBER, not 'x'"),
        (["--quality", "1", "--quality", "2"], "a quality must be given once"),
        (["--quality", "1", "--quality", "fc1=2"], "qualities must be one number"),
        (["--prune", "global", "--density", "fc1=0.1"], "global pruning must have one density"),
        (["--pattern", "2:5"], "the M of a pattern N:M must be a power of two from 2 to 16, not 5"),
        (["--pattern", "half"], "a pattern must be N:M, two whole numbers, not 'half'"),
        (["--pattern", "2:4", "--density", "0.1"], "the pattern 2:4 must tell alone which weights"),
        (["--permute"], "permuted inputs must come with a pattern, not without one"),
        (["--kmeans", "other"], "Invalid value for '--kmeans'"),
        (["--weight-bits", "1"], "weight_bits must be from 2 to 8, not 1"),
        (["--weight-bits", "9"], "weight_bits must be from 2 to 8, not 9"),
        (["--weight-bits", "5", "--set", "weight_bits=5"], "weight_bits must be set once"),
        (["--calibration", "other"], "Invalid value for '--calibration'"),
        (["--percentile", "90"], "--percentile must come with --calibration percentile"),
        (
            ["--calibration", "percentile", "--percentile", "101"],
            "the percentile must be above 0 and at most 100, not 101.0",
        ),
        (["--html", "none/report.html"], "must be in a folder that exists"),
        (["--html", WEIGHTS], "must not be written, it is read"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_bad_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main([*words(tmp_path / "net.npz"), *options]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert list(tmp_path.iterdir()) == []
