"""``zskip simulate`` and ``zskip demo``: reports, and one line for each bad input."""

import json
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.cli import main
from zskip.model.eie.config import TINY

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compressed digits network."""
    path = tmp_path_factory.mktemp("network") / "digits.npz"
    zskip.compress(
        EXAMPLE / "network.npz",
        path,
        inputs=EXAMPLE / "calibration.npz",
        input_scale=1 / 16,
        config=TINY,
    )
    return path


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """Return the one line that a refused command writes."""
    assert main(["simulate", *map(str, arguments)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_table(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["simulate", str(network), "-i", str(EXAMPLE / "test.npz"), "--count", "4"])
    assert status == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["fc1", "fc2", "fc3"]
    assert "every output and counter equals the golden model's" in lines[4]
    assert lines[0].split()[-1] == "use", "a column is empty"


def test_names_with_brackets_are_shown_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("w.npz", allow_pickle=False, **{"fc[/red].weight": np.eye(3, dtype=np.float32)})
    np.save("in.npy", np.eye(3))
    words = ["compress", "w.npz", "-i", "in.npy", "-o", "net.npz", "--config", "tiny"]
    assert main([*words, "--activations", "softmax"]) == 0
    capsys.readouterr()
    words = ["simulate", "net.npz", "-i", "in.npy", "--count", "1", "--sim", "icarus"]
    assert main([*words, "--outputs", "out[red].npz"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("fc[/red]  3 x 3")
    assert lines[2].startswith("1 input on 4 PEs")
    assert lines[-2:] == [
        "outputs: out[red].npz",
        "outputs are those in front of the Softmax (give ending to apply it)",
    ]


def test_json(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inputs = str(EXAMPLE / "test.npz")
    floats = str(EXAMPLE / "network.npz")
    arguments = [str(network), "-i", inputs, "--float", floats, "--count", "4", "--json"]
    assert main(["simulate", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["inputs"] == report["equal_inputs"] == 4
    assert {"model", "rtl", "float_network"} == set(report["accuracy"])
    assert len(report["layers"]) == 3


def test_a_network_without_error_is_exact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = {"fc.weight": np.eye(3, dtype=np.float32)}
    np.savez(tmp_path / "float.npz", allow_pickle=False, **weights)
    np.save(tmp_path / "in.npy", np.eye(3))
    files = [str(tmp_path / name) for name in ("net.npz", "in.npy", "float.npz", "out.npz")]
    words = ["compress", files[2], "-i", files[1], "-o", files[0], "--config", "tiny"]
    assert main([*words, "--activations", "sigmoid"]) == 0
    assert capsys.readouterr().out.splitlines()[1].count("exact") == 2
    words = ["simulate", files[0], "-i", files[1], "--float", files[2], "--sim", "icarus"]
    assert main([*words, "--outputs", files[3], "--ending"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[-2:] == ["0", "exact"]
    assert f"outputs (behind Sigmoid): {files[3]}" in lines
    with np.load(files[3]) as written:
        np.testing.assert_allclose(written["outputs"], 1 / (1 + np.exp(-np.eye(3))))
    report = zskip.simulate(*files[:2], float_weights=files[2], simulator="icarus")
    assert "<td>exact</td>" in report._repr_html_()
    assert main(["verify", *words[1:]]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].count("exact") == 2
    assert "with Sigmoid behind both: outputs differ by 0 at most" in lines


def test_an_ending_without_outputs(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = refusal(capsys, network, "-i", EXAMPLE / "test.npz", "--ending")
    assert line == (
        "zskip: error: --ending must come with --outputs FILE, which it is for: add that\n"
    )


def test_missing_network(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "absent.npz" in refusal(capsys, tmp_path / "absent.npz", "-i", EXAMPLE / "test.npz")


def test_inputs_of_the_wrong_length(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(tmp_path / "short.npy", np.ones((3, 63)))
    message = refusal(capsys, network, "-i", tmp_path / "short.npy")
    assert "inputs must have shape (n, 64), not (3, 63)" in message


def test_inputs_that_are_not_finite(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = np.ones((3, 64))
    values[1, 2] = np.nan
    np.save(tmp_path / "nan.npy", values)
    assert "finite" in refusal(capsys, network, "-i", tmp_path / "nan.npy")


def test_unknown_simulator(network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = refusal(capsys, network, "-i", EXAMPLE / "test.npz", "--sim", "modelsim")
    assert "'modelsim' is not one of 'verilator', 'icarus'" in message


@pytest.mark.parametrize("simulator", ["verilator", "icarus"])
def test_no_simulator_found(
    network: Path,
    simulator: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    message = refusal(capsys, network, "-i", EXAMPLE / "test.npz", "--sim", simulator)
    assert "must be installed" in message
    assert "zskip doctor" in message


def test_network_that_does_not_fit(
    network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(
        [
            "compress",
            str(EXAMPLE / "network.npz"),
            *("-o", str(tmp_path / "small.npz")),
            *("--inputs", str(EXAMPLE / "calibration.npz")),
            *("--config", "tiny", "--set", "spmat_depth=8"),
        ]
    )
    assert status == 2
    message = capsys.readouterr().err
    assert "sparse-matrix words (spmat_depth) 8, needed" in message
    assert "--set spmat_depth=" in message
    assert not (tmp_path / "small.npz").exists()


def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-o", str(tmp_path / "demo"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["images"] == report["images_equal_to_model"] == 360
    assert report["accuracy"]["rtl"] == report["accuracy"]["model"] >= 0.96
    assert report["dense_float32_bytes"] > 20 * report["chip_bytes"]
    assert report["cycles_per_image"] > 0
    verilog = (tmp_path / "demo" / "verilog" / "zskip_eie.v").read_bytes()
    assert main(["demo", "-o", str(tmp_path / "demo")]) == 0
    assert "accuracy: RTL" in capsys.readouterr().out
    assert (tmp_path / "demo" / "verilog" / "zskip_eie.v").read_bytes() == verilog
