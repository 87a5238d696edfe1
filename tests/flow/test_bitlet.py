"""Every verb on the Bitlet engine, on the digits network; oracles: dense reference, float64."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.cli import main
from zskip.files.network import load
from zskip.model.bitlet.config import BITLET
from zskip.model.bitlet.engine import ENGINE
from zskip.model.common import reference
from zskip.model.common.dense import dense_layers
from zskip.model.common.reference import FloatLayer, float_network

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS = EXAMPLE / "network.npz"
TEST = EXAMPLE / "test.npz"
INPUTS = EXAMPLE / "calibration.npz"

SMALL = BITLET.replace(pe_count=2, pairs=16, load_pairs=8)

MIXED = {"fc1": "int4", "fc2": "int12"}

Digits = Callable[..., Path]


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Digits:
    """Compress the digits network in some precision, once."""
    made: dict[str, Path] = {}

    def compressed(precision: str | dict[str, str] | None = None) -> Path:
        if repr(precision) not in made:
            path = tmp_path_factory.mktemp("digits") / "digits.npz"
            zskip.compress(
                WEIGHTS,
                path,
                inputs=INPUTS,
                input_scale=1 / 16,
                config=SMALL,
                precision=precision,
            )
            made[repr(precision)] = path
        return made[repr(precision)]

    return compressed


@pytest.mark.parametrize("precision", [None, "int6", MIXED])
def test_integers_equal_the_dense_reference_on_every_test_image(
    digits: Digits, precision: str | dict[str, str] | None
) -> None:
    network = load(digits(precision))
    names = [layer.precision.name for layer in network.layers]
    assert names == (["int4", "int12", "int8"] if precision == MIXED else [precision or "int8"] * 3)
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
    assert np.count_nonzero(outputs.argmax(axis=1) == labels) >= 350


@pytest.mark.parametrize(("precision", "error"), [("fp16", 0.03), ("fp32", 1e-5)])
def test_floats_are_near_float64(digits: Digits, precision: str, error: float) -> None:
    network = load(digits(precision))
    with np.load(TEST) as archive:
        inputs, labels = archive["inputs"][:60].astype(np.float64), archive["labels"][:60]
    run = ENGINE.run(network, network.quantize_inputs(inputs))
    actual = network.layers[-1].output_values(run.outputs)
    with np.load(WEIGHTS) as archive:
        floats = [
            FloatLayer(
                weights=archive[f"{name}.weight"], bias=archive[f"{name}.bias"], relu=name != "fc3"
            )
            for name in ("fc1", "fc2", "fc3")
        ]
    truth = float_network(floats, inputs / 16)[-1]
    assert np.abs(actual - truth).max() < error
    np.testing.assert_array_equal(actual.argmax(axis=1), truth.argmax(axis=1))
    assert np.count_nonzero(actual.argmax(axis=1) == labels) >= 58


@pytest.mark.parametrize("precision", [None, MIXED, "fp16", "fp32"])
def test_simulate(digits: Digits, tmp_path: Path, precision: str | dict[str, str] | None) -> None:
    """Every precision on one piece of hardware."""
    written = tmp_path / "outputs.npz"
    report = zskip.simulate(
        digits(precision), TEST, count=2, float_weights=WEIGHTS, outputs=written
    )
    assert (report.inputs, report.equal_inputs) == (2, 2)
    assert report.accuracy is not None
    assert (report.accuracy.rtl, report.accuracy.model) == (1, 1)
    assert all(layer.snr_db is not None and layer.snr_db > 15 for layer in report.layers)
    network = load(digits(precision))
    with np.load(TEST) as archive:
        activations = network.quantize_inputs(archive["inputs"][:2].astype(np.float64))
    words = ENGINE.run(network, activations).outputs
    with np.load(written) as archive:
        np.testing.assert_array_equal(archive["outputs"], report.outputs)
        np.testing.assert_array_equal(archive["outputs"], network.layers[-1].output_values(words))
        given = "words" if precision in ("fp16", "fp32") else "fixed"
        np.testing.assert_array_equal(archive[given], words)
        assert ("fraction" in archive) == (given == "fixed")
    np.testing.assert_array_equal(report.fixed, words)


@pytest.mark.parametrize("precision", [None, "fp32"])
def test_verify(digits: Digits, precision: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["verify", str(digits(precision)), "--float", str(WEIGHTS), "--count", "2"]
    assert main([*words, "-i", str(TEST)]) == 0
    out = capsys.readouterr().out
    assert "every output and counter equals the model's" in out
    assert "same class: float and model 100.00%, model and RTL 100.00%" in out


@pytest.mark.parametrize(
    ("precision", "said"),
    [
        (None, "+ 0.5)`, limited to 16 bits."),
        ("fp16", "words of IEEE 754 float16, 4 to a stream word"),
        ("fp32", "words of IEEE 754 float32, 2 to a stream word"),
    ],
)
def test_generate(digits: Digits, tmp_path: Path, precision: str | None, said: str) -> None:
    assert main(["generate", str(digits(precision)), "-o", str(tmp_path / "drop")]) == 0
    names = {path.name for path in (tmp_path / "drop").iterdir()}
    assert {"zskip_bitlet.v", "zskip_bitlet.h", "README.md", "load.hex", "order.json"} <= names
    text = (tmp_path / "drop" / "README.md").read_text()
    assert said in text
    assert ("| input | weight | output | shift |" in text) == (precision is None)


def test_bench(digits: Digits, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--weights", str(digits("fp16")), "--inputs", str(TEST), "--count", "2"]
    assert main([*words, "--model", "--jobs", "1", "--json"]) == 0
    cycles = [layer["cycles"] for layer in json.loads(capsys.readouterr().out)]
    report = zskip.simulate(digits("fp16"), TEST, count=2)
    assert cycles == [layer.cost.cycles for layer in report.layers]


COMPRESS = ["compress", str(WEIGHTS), "-i", str(INPUTS), "--input-scale", "0.0625"]
COMPRESS += ["--engine", "bitlet", "--count", "20"]


def test_compress_tells_the_precision(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [*COMPRESS, "-o", str(tmp_path / "net.npz")]
    assert main([*words, "--precision", "fc1=int4,fc2=int12", "--mask-lanes", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:4] == ["layer", "size", "precision", "density"]
    assert "scales" in lines[0]
    assert [line.split()[4] for line in lines[1:4]] == ["int4", "int12", "int8"]
    assert "the lowest 1 lanes of every row are off, as mask_lanes asks" in lines
    assert [layer.mask_lanes for layer in load(tmp_path / "net.npz").layers] == [1, 1, 1]
    assert main([*words, "--precision", "fp16"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "scales" not in lines[0]
    assert [line.split()[4] for line in lines[1:4]] == ["fp16"] * 3
    assert "errors of outputs measured on 20 of 20 inputs; floats need no scales" in lines


def test_json_has_scales_of_integers_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [*COMPRESS, "-o", str(tmp_path / "net.npz"), "--json"]
    for precision, scaled in (("int8", True), ("fp32", False)):
        assert main([*words, "--precision", precision]) == 0
        for layer in json.loads(capsys.readouterr().out)["layers"]:
            assert layer["precision"] == precision
            assert ("weight_fraction" in layer, "shift" in layer) == (scaled, scaled)


def test_html_has_a_column_of_precisions(tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    page = tmp_path / "page.html"
    words = [*COMPRESS, "-o", str(tmp_path / "net.npz"), "--html", str(page)]
    assert main([*words, "--precision", "fp16"]) == 0
    text = page.read_text()
    assert text.count('<td data-head="precision">fp16</td>') == 3
    assert "Scales were chosen" not in text


KINDS = (
    "layers must be all of integers or all of one floating-point format, as one's outputs are the "
    "next one's inputs, not of "
)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--precision", "fp8"],
            "a precision must be int2 to int24, fp16 or fp32, not 'fp8'",
        ),
        (
            ["--precision", "fc1=fp16"],
            KINDS + "fp16, int8: choose one of the kinds for every layer",
        ),
        (
            ["--precision", "fc1=fp16,fc2=fp32", "--precision", "fc3=fp16"],
            KINDS + "fp16, fp32: choose one of the kinds for every layer",
        ),
        (
            ["--precision", "fc1=int4", "--precision", "fc1=int8"],
            "a precision must be given once, not again by 'fc1=int8': leave one out",
        ),
        (
            ["--precision", "fc9=int4"],
            "a precision must be given for a layer of the network, not for 'fc9': the layers are "
            "fc1, fc2, fc3",
        ),
        (
            ["--precision", "fp32", "--set", "float_bits=16"],
            "the array must have float_bits=32 for fp32, not 16: choose another precision or "
            "configuration",
        ),
        (
            ["--precision", "int12", "--config", "int8"],
            "magnitudes must have 1 to 7 bits, one for each lane, not 11: choose another precision "
            "or lanes=11",
        ),
        (
            ["--mask-lanes", "8"],
            "the lanes that are switched off must be from 0 to 7, all but one of a row of int8, "
            "not 8: choose another number",
        ),
        (
            ["--mask-lanes", "-1"],
            "the lanes that are switched off must be from 0 to 7, all but one of a row of int8, "
            "not -1: choose another number",
        ),
        (
            ["--engine", "nm", "--precision", "int8"],
            "the engine nm must get neither a precision nor masked lanes, as its configuration "
            "tells the weights' width: choose that by --weight-bits or "
            "EngineConfig.with_weight_bits",
        ),
        (
            ["--engine", "eie", "--mask-lanes", "1"],
            "the engine eie must get neither a precision nor masked lanes, as its configuration "
            "tells the weights' width: choose that by --weight-bits or "
            "EngineConfig.with_weight_bits",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert main([*COMPRESS, "-o", str(tmp_path / "net.npz"), *options]) == 2
    assert capsys.readouterr().err == f"zskip: error: {message}\n"
    assert not (tmp_path / "net.npz").exists()


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (
            1e5,
            "layer 'a': weights must be within the range of float16, not 100000.0: scale the layer "
            "or choose a wider format",
        ),
        (
            60000.0,
            "layer 'a': outputs must be within the range of float16, but 1 of 2 are not: choose a "
            "wider format, or scale weights and biases down",
        ),
        (
            np.nan,
            "the weights given: values of tensor 'a.weight' must be finite, not nan at position "
            "(0, 0): remove NaN and infinite values",
        ),
    ],
)
def test_weights_that_are_refused(weight: float, message: str) -> None:
    weights = np.array([[weight, 1.0], [0.5, 0.25]], dtype=np.float32)
    with pytest.raises(zskip.InputError) as caught:
        zskip.compress(
            {"a.weight": weights, "a.bias": np.zeros(2, dtype=np.float32)},
            inputs=np.array([[4.0, 1.0]]),
            engine="bitlet",
            precision="fp16",
        )
    assert str(caught.value) == message


@pytest.mark.slow
def test_demo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "-o", str(tmp_path), "--engine", "bitlet", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["images_equal_to_model"] == report["images"] == 360
    assert report["pe_count"] == BITLET.pe_count
