"""A second engine, added by the files beside this one alone: every verb serves it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip import engines
from zskip.cli import main
from zskip.files.network import load

HERE = Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def dot() -> Iterator[None]:
    """The line of the registry, and the folder of the engine on the path."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(HERE)
        patch.setitem(engines.ENGINES, "dot", "dot_{role}")
        yield
        for role in ("model", "hw", "files", "report"):
            sys.modules.pop(f"dot_{role}", None)


@pytest.fixture
def network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A float network and inputs, compressed for the second engine."""
    rng = np.random.default_rng(1)
    weights: dict[str, Any] = {
        "a.weight": rng.normal(size=(11, 9)),
        "b.weight": rng.normal(size=(5, 11)),
    }
    np.savez(tmp_path / "float.npz", **weights)
    np.savez(
        tmp_path / "inputs.npz",
        inputs=rng.normal(size=(12, 9)).astype("f4"),
        labels=rng.integers(5, size=12),
    )
    path = tmp_path / "dot.npz"
    words = ["compress", str(tmp_path / "float.npz"), "-o", str(path), "--engine", "dot"]
    words += ["--inputs", str(tmp_path / "inputs.npz"), "--html", str(tmp_path / "dot.html")]
    assert main([*words, "--density", "0.5"]) == 0
    assert "fits each of 1 PE: weight depth 17% (170 of 1,024)" in capsys.readouterr().out
    return path


def test_the_file_names_its_engine(network: Path) -> None:
    loaded = load(network)
    assert loaded.config.ENGINE == "dot"
    assert engines.engine_of(loaded.config).name == "dot"
    assert "1 PE" in network.with_suffix(".html").read_text()


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_simulate(network: Path, simulator: str, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = str(network.with_name("inputs.npz"))
    words = ["simulate", str(network), "--inputs", inputs, "--sim", simulator, "--json"]
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["engine"], report["equal_inputs"]) == ("dot", 12)
    assert [layer["cycles"] for layer in report["layers"]] == [11 * 14 + 3, 5 * 16 + 3]


def test_verify(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", str(network), "--float", str(network.with_name("float.npz"))]
    assert main([*words, "--inputs", str(network.with_name("inputs.npz"))]) == 0
    assert "every output and counter equals the model's" in capsys.readouterr().out


def test_generate(network: Path, tmp_path: Path) -> None:
    assert main(["generate", str(network), "-o", str(tmp_path / "drop")]) == 0
    names = {path.name for path in (tmp_path / "drop").iterdir()}
    assert {"zskip_dot.v", "zskip_dot.h", "README.md", "load.hex", "order.json"} <= names
    header = (tmp_path / "drop" / "zskip_dot.h").read_text()
    assert "ZSKIP_DOT_TARGET_WEIGHTS = 0" in header
    assert "# dot product of 1 processing" in (tmp_path / "drop" / "README.md").read_text()


def test_bench(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--engine", "dot", "--scale", "0.01", "--layer", "Alex-7", "--json"]
    assert main([*words, "--jobs", "1"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert (result["source"], result["cycles"]) == ("rtl", 41 * 46 + 3)
    words = ["bench", "--weights", str(network), "--inputs", str(network.with_name("inputs.npz"))]
    assert main([*words, "--model", "--jobs", "1"]) == 0
    assert "configuration small, 1 PEs; cycle model" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--engine", "dot", "--config", "tuned"], "a configuration of dot must be one of small,"),
        (["--set", "weight_depth=9"], "a configuration field must be one of pe_count, queue_depth"),
        (["--engine", "dot", "--weight-bits", "4"], "must have 16 bits, not 4"),
    ],
)
def test_options_of_another_engine_are_refused(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights: dict[str, Any] = {"a.weight": np.ones((2, 2), "f4")}
    np.savez(tmp_path / "w.npz", **weights)
    assert main(["compress", str(tmp_path / "w.npz"), "-o", str(tmp_path / "o.npz"), *words]) == 2
    assert message in capsys.readouterr().err


def test_a_network_of_another_engine_is_refused(
    network: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = str(network.with_name("inputs.npz"))
    assert main(["simulate", str(network), "--inputs", inputs, "--engine", "eie"]) == 2
    assert "must be for the engine eie, but is for dot" in capsys.readouterr().err


def test_compare(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    floats, inputs = (str(network.with_name(name)) for name in ("float.npz", "inputs.npz"))
    words = ["compare", floats, "-i", inputs, "--engines", "eie:tiny,dot", "--multipliers", "1"]
    assert main([*words, "--density", "0.5", "--sim", "icarus", "--json"]) == 0
    eie, dot = json.loads(capsys.readouterr().out)
    assert (dot["cycles"], dot["source"]) == (11 * 14 + 3 + 5 * 16 + 3, "rtl")
    assert dot["activations_read"] == 11 * 9 + 5 * 11
    assert dot["multipliers"] == eie["multipliers"] == 1
    assert main(["compare", "--shape", "8x8", "--density", "0.5", "--engines", "dot"]) == 2
    assert "a number that dot can have, not 64" in capsys.readouterr().err
