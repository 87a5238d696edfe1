"""Verify; oracles: the dense reference in floating point, and an RTL that is not the model's."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.files.inputs import read_inputs
from zskip.files.network import load
from zskip.files.weights import read_weights
from zskip.flow.runs import read_sources
from zskip.flow.verify import Verification, verify
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import dequantize
from zskip.model.common.reference import float_layer, float_network
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.verif.common.simulate import Block
from zskip.verif.common.simulator import Simulator

EXAMPLE = Path(zskip.__file__).parent / "examples" / "digits"
WEIGHTS = EXAMPLE / "network.npz"
COUNT = 12


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits network with a third layer that is pruned too far."""
    path = tmp_path_factory.mktemp("digits") / "digits.npz"
    zskip.compress(
        WEIGHTS,
        path,
        inputs=EXAMPLE / "calibration.npz",
        input_scale=1 / 16,
        density={"fc3": 0.05},
        huffman=True,
        config=TINY,
    )
    return path


@pytest.fixture(scope="module")
def result(digits: Path) -> Verification:
    return verify(digits, WEIGHTS, EXAMPLE / "test.npz", count=COUNT, simulator=Simulator.ICARUS)


def test_errors_against_the_float_network_and_of_each_layer(digits: Path, result: Any) -> None:
    network, floats = load(digits), read_weights(WEIGHTS)
    given = read_inputs(EXAMPLE / "test.npz", count=COUNT)
    sources = network.quantize_inputs(given.values)
    truth = float_network(floats, given.values / 16)
    model = run(network, sources)
    fed = dequantize(sources, network.layers[0].scale.input_fraction)
    for index, layer in enumerate(network.layers):
        report = result.layers[index]
        assert (report.name, report.inputs, report.outputs) == (
            layer.name,
            *floats[index].weights.shape[::-1],
        )
        actual = truth[index].copy()
        actual[:, layer.rows] = dequantize(model.layers[index].outputs, layer.scale.output_fraction)
        source = floats[index]
        alone = float_layer(source.weights, fed, source.bias, source.relu)
        for error, reference in ((report.total, truth[index]), (report.own, alone)):
            distance = np.abs(actual - reference)[:, layer.rows]
            assert error.max_error == distance.max()
            worst = actual[error.input, error.output] - reference[error.input, error.output]
            assert abs(worst) == error.max_error
            power, noise = np.sum(reference[:, layer.rows] ** 2), np.sum(distance**2)
            assert error.snr_db == pytest.approx(10 * np.log10(power / noise))
        assert report.rtl_differences == 0
        fed = actual
    classes = np.argmax(model.outputs, axis=1)
    assert result.same_class_float_model == np.mean(classes == np.argmax(truth[-1], axis=1))
    assert result.accuracy.model == result.accuracy.rtl == np.mean(classes == given.labels)


def test_the_layer_where_the_error_arises_is_named(result: Any) -> None:
    assert result.departs == result.departs_by_itself == "fc3"
    assert result.rtl_equal
    assert result.rtl_departure is None
    assert result.same_class_model_rtl == 1.0
    assert result.inputs == COUNT
    assert (result.ending, result.ending_max_error) == (None, None)


def test_an_rtl_that_departs_is_reported(digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    simulate = Block.simulate

    def faulty(*arguments: Any, **named: Any) -> Any:
        simulation = simulate(*arguments, **named)
        first, *others = simulation.layers
        outputs = first.outputs.copy()
        outputs[1, 5] += 1
        return replace(simulation, layers=(replace(first, outputs=outputs), *others))

    monkeypatch.setattr(Block, "simulate", faulty)
    result = verify(digits, WEIGHTS, EXAMPLE / "test.npz", count=3, simulator=Simulator.ICARUS)
    assert not result.rtl_equal
    assert result.rtl_departure is not None
    assert "departs in layer fc1, output[5] of input 1" in result.rtl_departure
    assert [layer.rtl_differences for layer in result.layers] == [1, 0, 0]


def test_a_float_network_of_other_shapes_is_refused(digits: Path, tmp_path: Path) -> None:
    other: dict[str, Any] = {"fc.weight": np.ones((10, 64), dtype=np.float32)}
    np.savez(tmp_path / "other.npz", **other)
    with pytest.raises(InputError, match="must have the compressed network's layer shapes"):
        verify(digits, tmp_path / "other.npz", EXAMPLE / "test.npz")


def outputs(digits: Path, count: int) -> tuple[Any, Any]:
    """Give the outputs of the float network and of the fixed-point one."""
    network, values = load(digits), read_inputs(EXAMPLE / "test.npz", count=count).values
    fixed = run(network, network.quantize_inputs(values)).outputs
    truth = float_network(read_weights(WEIGHTS), values / 16)[-1]
    return truth, dequantize(fixed, network.layers[-1].scale.output_fraction)


def test_what_the_float_network_is_taken_for(digits: Path, tmp_path: Path) -> None:
    # A file without activations has those of the compressed network; an ending is said.
    network = load(digits)
    other = tmp_path / "network.npz"
    given = read_weights(WEIGHTS)
    zskip.compress(
        WEIGHTS,
        other,
        inputs=EXAMPLE / "calibration.npz",
        activations=["none"] * len(given),
        config=TINY,
    )
    for path, relu in ((digits, [True, True, False]), (other, [False] * 3)):
        sources = read_sources(
            path, EXAMPLE / "test.npz", count=2, labels=None, float_weights=WEIGHTS
        )
        assert [layer.relu for layer in sources.floats or ()] == relu
        assert sources.notes == ()
    onnx = pytest.importorskip("onnx")
    names = [layer.name for layer in given]
    nodes, data = [], "x"
    for index, name in enumerate(names):
        weights = [f"{name}.weight", f"{name}.bias"]
        nodes.append(onnx.helper.make_node("Gemm", [data, *weights], [name], transB=1))
        data = f"{name}.end"
        kind = "Relu" if index < len(names) - 1 else "Softmax"
        nodes.append(onnx.helper.make_node(kind, [name], [data], data))
    floats = onnx.TensorProto.FLOAT
    graph = onnx.helper.make_graph(
        nodes,
        "digits",
        [onnx.helper.make_tensor_value_info("x", floats, ["n", network.shapes[0][1]])],
        [onnx.helper.make_tensor_value_info(data, floats, None)],
        [
            onnx.numpy_helper.from_array(getattr(layer, field), f"{layer.name}.{role}")
            for layer in given
            for field, role in (("weights", "weight"), ("bias", "bias"))
        ],
    )
    path = tmp_path / "digits.onnx"
    imports = [onnx.helper.make_opsetid("", 20)]
    path.write_bytes(onnx.helper.make_model(graph, opset_imports=imports).SerializeToString())
    assert load(digits).ending is None
    result = verify(digits, path, EXAMPLE / "test.npz", count=2)
    real, fixed = (np.exp(values) for values in outputs(digits, count=2))
    shares = [values / values.sum(axis=1, keepdims=True) for values in (real, fixed)]
    assert result.ending == "Softmax"
    assert result.ending_max_error == pytest.approx(np.abs(shares[0] - shares[1]).max())
    assert result.notes == (
        f"Softmax '{data}' at the end is taken off: the order of the outputs stays",
    )


@pytest.mark.parametrize(
    ("factor", "advice"),
    [
        (5.0, "compress with calibration inputs such as these"),
        (32.0, "they seem to be of another scale: multiply them by 0.031 to 0.062"),
    ],
)
def test_clipped_inputs_are_counted(digits: Path, factor: float, advice: str) -> None:
    values = read_inputs(EXAMPLE / "test.npz", count=COUNT).values * factor
    (note,) = read_sources(digits, values, count=None, labels=None, float_weights=None).notes
    read = np.isin(np.arange(64), load(digits).gather)
    clipped = values[:, read] >= 64
    assert clipped.any()
    assert note == (
        f"{np.count_nonzero(clipped):,} of {values.size:,} input values, "
        f"{values[:, read][clipped].min():g} to {values.max():g}, are clipped to the network's "
        f"range from -64 to 64: {advice}"
    )


def test_inputs_in_range_and_those_that_no_weight_reads_are_not_clipped(digits: Path) -> None:
    values = read_inputs(EXAMPLE / "test.npz", count=COUNT).values
    values[:, np.isin(np.arange(64), load(digits).gather, invert=True)] = 1e6
    sources = read_sources(digits, values, count=None, labels=None, float_weights=None)
    assert sources.notes == ()
