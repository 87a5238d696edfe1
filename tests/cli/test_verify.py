"""``zskip verify``; oracle: the library function."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.cli import main
from zskip.flow.verify import verify
from zskip.model.common.errors import RunFailure
from zskip.model.eie.config import TINY
from zskip.verif.common.simulate import Block
from zskip.verif.common.simulator import Simulator

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
FLOAT = str(EXAMPLE / "network.npz")
INPUTS = str(EXAMPLE / "test.npz")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The compressed digits network."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    inputs = EXAMPLE / "calibration.npz"
    zskip.compress(FLOAT, path, inputs=inputs, input_scale=1 / 16, config=TINY)
    return str(path)


def words(network: str) -> list[str]:
    return ["verify", network, "--float", FLOAT, "-i", INPUTS, "--count", "4", "--sim", "icarus"]


def test_json_and_screen(network: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words(network), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    expected = verify(network, FLOAT, INPUTS, count=4, simulator=Simulator.ICARUS)
    assert report["rtl_equal"] is True
    for layer, entry in zip(expected.layers, report["layers"], strict=True):
        assert entry["total"]["max_error"] == layer.total.max_error
        assert entry["own"]["snr_db"] == layer.own.snr_db
    assert main(words(network)) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    for layer, line in zip(expected.layers, lines[1:], strict=False):
        assert line.split()[0] == layer.name
        assert f"[{layer.total.input}, {layer.total.output}]" in line
        assert f"{layer.own.snr_db:.1f} dB" in line
    assert "no layer departs from the float network: every SNR is 20 dB or more" in lines
    assert lines[-1] == "RTL in icarus: every output and counter equals the model's"


def test_an_rtl_that_departs_ends_in_status_1(
    network: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **named: Any) -> None:
        raise RunFailure("the RTL must equal the golden model, but departs")

    monkeypatch.setattr(Block, "check", fail)
    assert main(words(network)) == 1
    captured = capsys.readouterr()
    assert captured.err == "zskip: error: the RTL must equal the golden model, but departs\n"
    assert "fc1" in captured.out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--float": "none.npz"}, "none.npz must exist, but there is no such file"),
        ({"-i": "none.npz"}, "none.npz must exist, but there is no such file"),
        ({"--count": "0"}, "Invalid value for '--count'"),
        ({"--labels": FLOAT}, "must hold one array of labels"),
        ({"--sim": "other"}, "Invalid value for '--sim'"),
    ],
)
def test_bad_input(
    network: str, capsys: pytest.CaptureFixture[str], change: dict[str, str], message: str
) -> None:
    extra = [word for pair in change.items() for word in pair]
    assert main([*words(network), *extra]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err


def test_other_shapes(network: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other: dict[str, Any] = {"fc.weight": np.ones((10, 64), dtype=np.float32)}
    np.savez(tmp_path / "other.npz", **other)
    assert main([*words(network), "--float", str(tmp_path / "other.npz")]) == 2
    assert "layer shapes" in capsys.readouterr().err
