"""The flow from float weights to checked RTL, on the digits network."""

import gzip
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.files.network import load
from zskip.files.weights import read_weights
from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.common.reference import network
from zskip.model.eie.accelerator import run
from zskip.model.eie.back_to_back import loading_cycles
from zskip.model.eie.config import TINY
from zskip.verif.common.simulator import Simulator

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
FST_HIERARCHY = 4
"""Type of the block with the names of the signals."""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compressed digits network for 4 PEs."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    zskip.compress(
        EXAMPLE / "network.npz",
        path,
        inputs=EXAMPLE / "calibration.npz",
        input_scale=1 / 16,
        config=TINY,
    )
    return path


def test_model_equals_the_dense_reference_on_every_test_image(digits: Path) -> None:
    compressed = load(digits)
    with np.load(EXAMPLE / "test.npz") as archive:
        activations = compressed.quantize_inputs(archive["inputs"].astype(np.float64))
    dense = network(dense_layers(compressed), activations)
    model = run(compressed, activations)
    for layer, expected, actual in zip(compressed.layers, dense, model.layers, strict=True):
        np.testing.assert_array_equal(actual.outputs, expected.y[:, layer.rows])
    np.testing.assert_array_equal(model.outputs, dense[-1].y)


def test_streamed_weights(tmp_path: Path) -> None:
    path = tmp_path / "digits.npz"
    config = TINY.replace(streamed=1, spmat_depth=40, pointer_depth=64)
    zskip.compress(EXAMPLE / "network.npz", path, inputs=EXAMPLE / "calibration.npz", config=config)
    report = zskip.simulate(path, EXAMPLE / "test.npz", count=2)
    assert report.equal_inputs == 2
    (note,) = (note for note in report.notes if note.startswith("weights are streamed: "))
    assert note.endswith(" cycles of computing, so the stream is the limit")


@pytest.mark.parametrize(
    ("inputs", "active", "limit"), [(64, 64, "computing"), (1000, 32, "loading")]
)
def test_inputs_back_to_back(inputs: int, active: int, limit: str) -> None:
    config = TINY.replace(pe_count=1, double_input=1, activation_depth=1024)
    weights = np.eye(4)[np.arange(inputs) % 4].T
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(2, inputs)) * (np.arange(inputs) < active)
    compressed = zskip.compress([(weights, np.zeros(4))], inputs=vectors, config=config)
    report = zskip.simulate(compressed, vectors, simulator="icarus")
    expected = report.cycles_per_input + 1
    if limit == "loading":
        expected = loading_cycles(inputs, 1, config)
    assert report.interval == expected
    assert report.notes[-1].endswith(f" cycles of computing, so {limit} is the limit")


def test_every_test_image_through_verilator(digits: Path) -> None:
    report = zskip.simulate(digits, EXAMPLE / "test.npz", float_weights=EXAMPLE / "network.npz")
    assert report.inputs == report.equal_inputs == 360
    assert report.accuracy is not None
    assert report.accuracy.rtl == report.accuracy.model >= 0.96
    assert report.accuracy.float_network is not None
    assert report.accuracy.float_network >= 0.965
    assert report.departs_from_float is None
    assert [layer.name for layer in report.layers] == ["fc1", "fc2", "fc3"]
    assert report.cycles_per_input == pytest.approx(
        sum(layer.cost.cycles for layer in report.layers)
    )
    for layer in report.layers:
        assert 0 < layer.cost.utilization <= 1
        assert layer.snr_db is not None
        assert layer.snr_db > 20


def test_outputs_are_written(digits: Path, tmp_path: Path) -> None:
    target = tmp_path / "outputs.npz"
    report = zskip.simulate(digits, EXAMPLE / "test.npz", count=5, outputs=target)
    assert report.outputs_file == str(target)
    compressed = load(digits)
    with np.load(EXAMPLE / "test.npz") as archive:
        activations = compressed.quantize_inputs(archive["inputs"][:5].astype(np.float64))
    dense = network(dense_layers(compressed), activations)
    with np.load(target) as written:
        assert written["fixed"].dtype == np.int16
        np.testing.assert_array_equal(written["fixed"], dense[-1].y)
        fraction = int(written["fraction"])
        assert fraction == compressed.layers[-1].scale.output_fraction
        np.testing.assert_array_equal(written["outputs"], dense[-1].y * 2.0**-fraction)
    with pytest.raises(InputError, match="must not be written, it is read"):
        zskip.simulate(digits, EXAMPLE / "test.npz", outputs=digits)
    with pytest.raises(InputError, match="no-such-folder"):
        zskip.simulate(digits, EXAMPLE / "test.npz", outputs=tmp_path / "no-such-folder" / "o.npz")


def test_the_ending_is_applied_where_it_is_asked_for(digits: Path, tmp_path: Path) -> None:
    inputs, target = EXAMPLE / "test.npz", tmp_path / "outputs.npz"
    network = zskip.compress(
        EXAMPLE / "network.npz",
        inputs=EXAMPLE / "calibration.npz",
        input_scale=1 / 16,
        config=TINY,
        activations="relu,relu,softmax",
    ).network
    assert network.ending == "Softmax"
    plain, ended = (
        zskip.simulate(network, inputs, count=4, outputs=target, ending=ending)
        for ending in (False, True)
    )
    raised = np.exp(plain.outputs)
    expected = raised / raised.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ended.outputs, expected)
    np.testing.assert_array_equal(ended.fixed, plain.fixed)
    assert (plain.ending, ended.ending) == (None, "Softmax")
    line = "outputs are those in front of the Softmax (give ending to apply it)"
    assert (line in plain.notes, line in ended.notes) == (True, False)
    with np.load(target) as written:
        np.testing.assert_allclose(written["outputs"], ended.outputs)
        np.testing.assert_array_equal(written["fixed"], plain.fixed)
    with pytest.raises(InputError, match="neither the network nor a float network has one"):
        zskip.simulate(digits, inputs, count=1, ending=True)


def hierarchy(fst: Path) -> bytes:
    """Return the block of an FST file that names all signals."""
    data, at = fst.read_bytes(), 0
    while data[at] != FST_HIERARCHY:
        at += 1 + int.from_bytes(data[at + 1 : at + 9], "big")
    return gzip.decompress(data[at + 17 : at + 1 + int.from_bytes(data[at + 1 : at + 9], "big")])


def test_some_images_through_icarus_with_waves(digits: Path, tmp_path: Path) -> None:
    folder = tmp_path / "waves"
    report = zskip.simulate(
        digits, EXAMPLE / "test.npz", count=3, simulator=Simulator.ICARUS, waves=folder
    )
    assert report.equal_inputs == 3
    assert report.waveform is not None
    assert hierarchy(Path(report.waveform)).count(b"fsm_state_name") == 3
    assert (folder / "run.log").exists()


def test_departure_from_the_float_network_is_named(digits: Path, tmp_path: Path) -> None:
    layers = read_weights(EXAMPLE / "network.npz")
    arrays = {}
    for layer in layers:
        arrays[f"{layer.name}.weight"] = layer.weights * (-1 if layer.name == "fc2" else 1)
        arrays[f"{layer.name}.bias"] = layer.bias
    np.savez(tmp_path / "other.npz", **arrays)
    report = zskip.simulate(
        digits, EXAMPLE / "test.npz", count=5, float_weights=tmp_path / "other.npz"
    )
    assert report.departs_from_float == "fc2"


def test_float_network_of_another_shape_is_refused(digits: Path, tmp_path: Path) -> None:
    weights = {"fc.weight": np.ones((3, 64), dtype=np.float32)}
    np.savez(tmp_path / "other.npz", allow_pickle=False, **weights)
    with pytest.raises(InputError, match=r"must have the compressed network's layer shapes"):
        zskip.simulate(digits, EXAMPLE / "test.npz", float_weights=tmp_path / "other.npz")


def test_long_programs_are_in_the_memories_from_the_start(
    digits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = zskip.simulate(digits, EXAMPLE / "test.npz", count=3)
    monkeypatch.setattr("zskip.verif.common.simulate.STREAMED_WORDS", 100)
    preset = zskip.simulate(digits, EXAMPLE / "test.npz", count=3)
    np.testing.assert_array_equal(preset.fixed, loaded.fixed)
    assert "the memories began with the program" in preset.notes[-1]
    assert loaded.notes == preset.notes[:-1]
