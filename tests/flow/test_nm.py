"""Every verb on the N:M engine, on the digits network; oracles: dense reference, the formula."""

import json
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.cli import main
from zskip.files.network import load
from zskip.model.common import reference
from zskip.model.common.dense import dense_layers
from zskip.model.nm.config import NAMED
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.latencies import pass_cycles, run_cycles
from zskip.verif.common.simulator import Simulator

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
TEST = EXAMPLE / "test.npz"

SIZES = ((256, 64), (128, 256), (10, 128))


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits network in weights and activations of 8 bits."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    zskip.compress(
        EXAMPLE / "network.npz",
        path,
        inputs=EXAMPLE / "calibration.npz",
        input_scale=1 / 16,
        engine="nm",
    )
    return path


def formula(config: str, beats: tuple[int, ...]) -> list[int]:
    """Cycles of each layer of the digits network."""
    array = NAMED[config]
    first = (run_cycles(array), 0, 0)
    return [
        -(-outputs // array.pe_count) * -(-inputs // array.window) * taken
        + pass_cycles(array)
        + more
        for (outputs, inputs), taken, more in zip(SIZES, beats, first, strict=True)
    ]


def test_model_equals_the_dense_reference_on_every_test_image(digits: Path) -> None:
    network = load(digits)
    with np.load(TEST) as archive:
        activations = network.quantize_inputs(archive["inputs"].astype(np.float64))
        labels = archive["labels"]
    config = network.config
    expected = reference.network(
        dense_layers(network), activations, config.acc_bits, config.activation_bits
    )
    outputs = ENGINE.run(network, activations).outputs
    np.testing.assert_array_equal(outputs, expected[-1].y)
    # The float network is right in 357 of 360.
    assert np.count_nonzero(outputs.argmax(axis=1) == labels) >= 353


@pytest.mark.parametrize("simulator", list(Simulator))
def test_simulate(digits: Path, simulator: Simulator) -> None:
    report = zskip.simulate(digits, TEST, count=3, simulator=simulator)
    assert (report.inputs, report.equal_inputs) == (3, 3)
    assert [layer.cost.cycles for layer in report.layers] == formula("nm_2_4", (2, 2, 2))
    assert all(0 < layer.cost.utilization < 1 for layer in report.layers)


@pytest.mark.parametrize("name", ["dense", "nm_2_4_codebook"])
def test_simulate_other_configurations(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    network = str(tmp_path / "net.npz")
    words = ["compress", str(EXAMPLE / "network.npz"), "-o", network, "--input-scale", "0.0625"]
    words += ["-i", str(EXAMPLE / "calibration.npz"), "--engine", "nm", "--config", name]
    assert main(words) == 0
    kind = "shared" if name == "nm_2_4_codebook" else "rounded"
    assert f" {kind}" in capsys.readouterr().out
    assert main(["simulate", network, "-i", str(TEST), "--count", "2", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["equal_inputs"] == 2
    beats = (1, 1, 1) if name == "dense" else (2, 2, 2)
    assert [layer["cycles"] for layer in report["layers"]] == formula(name, beats)


def test_verify(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", str(digits), "--float", str(EXAMPLE / "network.npz"), "--count", "3"]
    assert main([*words, "-i", str(TEST)]) == 0
    assert "every output and counter equals the model's" in capsys.readouterr().out


def test_generate(digits: Path, tmp_path: Path) -> None:
    assert main(["generate", str(digits), "-o", str(tmp_path / "drop")]) == 0
    names = {path.name for path in (tmp_path / "drop").iterdir()}
    assert {"zskip_nm.v", "zskip_nm.h", "README.md", "load.hex", "order.json"} <= names
    header = (tmp_path / "drop" / "zskip_nm.h").read_text()
    assert "ZSKIP_NM_TARGET_BIASES = 1" in header
    assert "ZSKIP_NM_ERROR_METADATA = 5" in header
    assert "+ 0.5)`, limited to 8 bits." in (tmp_path / "drop" / "README.md").read_text()


def test_bench(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "bench",
        "--engine",
        "nm",
        "--config",
        "nm_2_4",
        "--scale",
        "0.01",
        "--layer",
        "Alex-7",
        "--json",
    ]
    assert main([*words, "--jobs", "1"]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    array = NAMED["nm_2_4"]
    beats = 6 * 3 * 2
    assert (result["source"], result["cycles"]) == (
        "rtl",
        beats + pass_cycles(array) + run_cycles(array),
    )
    words = ["bench", "--weights", str(digits), "--inputs", str(TEST), "--count", "2", "--json"]
    words += ["--engine", "nm", "--config", "dense", "--model", "--jobs", "1"]
    assert main(words) == 0
    cycles = [layer["cycles"] for layer in json.loads(capsys.readouterr().out)]
    assert cycles == formula("dense", (1, 1, 1))


def test_a_network_file_tells_the_engine_of_its_configurations(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = ["bench", "--weights", str(digits), "--inputs", str(TEST), "--count", "1", "--model"]
    assert main([*bench, "--jobs", "1", "--json", "--config", "dense"]) == 0
    cycles = [layer["cycles"] for layer in json.loads(capsys.readouterr().out)]
    assert cycles == formula("dense", (1, 1, 1))
    report = zskip.bench(weights=digits, inputs=TEST, count=1, model=True, config="dense")
    assert [result.cost.cycles for result in report.results] == cycles
    assert main([*bench, "--set", "pe_count=3"]) == 2
    assert "pe_count must be a power of two, not 3" in capsys.readouterr().err
    words = ["generate", str(digits), "-o", str(tmp_path / "drop"), "--config", "dense"]
    assert main(words) == 2
    assert "but both are given" in capsys.readouterr().err


def test_bench_says_which_layer_is_too_large(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--engine", "nm", "--config", "nm_2_4", "--model", "--jobs", "1"]
    words += ["--layer", "Alex-8", "--layer", "Alex-6"]
    assert main(words) == 2
    message = capsys.readouterr().err
    assert message.startswith(
        "zskip: error: Alex-6: the network must fit the memories of its array"
    )
    assert message.endswith("weight_depth cannot be that large: add --pes 16\n")
    assert main([*words, "--pes", "16"]) == 0


def test_compress_says_what_an_array_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["compress", str(EXAMPLE / "network.npz"), "-o", str(tmp_path / "net.npz")]
    words += ["-i", str(EXAMPLE / "calibration.npz"), "--engine", "nm", "--config", "tiny"]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "zskip: error: the network must fit the memories of its array of 2 PEs, but needs 12,608 "
        "beats of weights of 512, 256 activations in a half of the vector memory of 64, 197 biases "
        "of 64: add --set weight_depth=12608 --set vector_depth=256 --set bias_depth=197\n"
    )


def test_lenet(shared_data: Path, tmp_path: Path) -> None:
    """LeNet-300-100 as it was trained, dense: two beats for each word of activations."""
    lenet = shared_data / "lenet-300-100"
    images = lenet / "mnist-test.npz"
    given = {"inputs": images, "count": 500, "engine": "nm"}
    result = zskip.compress(lenet / "dense.npz", tmp_path / "net.npz", **given)
    hits = result.calibration_accuracy
    assert hits is not None
    assert hits.compressed >= hits.float_network - 0.005
    report = zskip.simulate(tmp_path / "net.npz", images, count=10)
    assert report.equal_inputs == 10
    beats = 2 * (38 * 49 + 13 * 19 + 2 * 7)
    array = NAMED["nm_2_4"]
    assert report.cycles_per_input == beats + 3 * pass_cycles(array) + run_cycles(array)


def test_the_benchmark_has_an_array_that_holds_it() -> None:
    report = zskip.bench(engine="nm", layers=["NT-We"], model=True, jobs=1)
    (result,) = report.results
    assert result.config == "nm_2_4_large"
    # 19 blocks of 32 rows, 64 words of 64 inputs, and the two beats of full groups.
    assert result.cost.cycles == 19 * 64 * 2 + 16
