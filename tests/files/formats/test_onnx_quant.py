"""Rounding as QONNX and Brevitas write it; oracle: its definition, one value at a time."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.onnx_file import read
from zskip.model.common.errors import InputError
from zskip.model.common.reference import float_network

onnx = pytest.importorskip("onnx")

Bytes = Callable[..., bytes]
RNG = np.random.default_rng(17)
node = onnx.helper.make_node
QONNX, BREVITAS = "qonnx.custom_op.general", "onnx.brevitas"
W = RNG.standard_normal((12, 4)).astype(np.float32)
V = RNG.standard_normal((4, 3)).astype(np.float32)
INPUTS = RNG.standard_normal((50, 12)).astype(np.float32)
SCALARS = {"s": np.float32(0.25), "z": np.float32(0), "n": np.float32(4), "one": np.float32(1)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "net.onnx"


def quant(data: str, result: str, *inputs: str, **settings: Any) -> Any:
    """A Quant."""
    inputs = inputs or ("s", "z", "n")
    return node("Quant", [data, *inputs], [result], result, domain=QONNX, **settings)


def bipolar(data: str, result: str, scale: str = "one") -> Any:
    """A BipolarQuant."""
    return node("BipolarQuant", [data, scale], [result], result, domain=BREVITAS)


@pytest.mark.parametrize("mode", ["ROUND", "FLOOR", "CEIL", "ROUND_TO_ZERO"])
@pytest.mark.parametrize(("signed", "narrow"), [(1, 0), (1, 1), (0, 0), (0, 1)])
def test_weights(path: Path, onnx_bytes: Bytes, mode: str, signed: int, narrow: int) -> None:
    scale = np.array([[0.25, 0.5, 0.125, 0.3]], dtype=np.float32)
    nodes = [
        quant("w", "q", "scales", "zero", "n", signed=signed, narrow=narrow, rounding_mode=mode),
        node("MatMul", ["x", "q"], ["y"], "fc"),
    ]
    tensors = {"w": W, "scales": scale, "zero": np.float32(1), "n": np.float32(3)}
    path.write_bytes(onnx_bytes(nodes, tensors))
    functions = {"ROUND": round, "FLOOR": math.floor, "CEIL": math.ceil, "ROUND_TO_ZERO": int}
    low, high = (-4 + narrow, 3) if signed else (0, 7 - narrow)
    (layer,) = read(path)
    for place, latent in np.ndenumerate(W):
        unit = scale[0, place[1]]
        code = functions[mode](min(max(float(latent / unit) + 1, low), high))
        assert layer.weights[place[::-1]] == np.float32((code - 1) * unit)


def network(*behind: Any, weights: Mapping[str, Any] | None = None) -> tuple[list[Any], Any]:
    """Two layers with operators between them, which go from m to r."""
    nodes = [node("MatMul", ["x", "w"], ["m"], "fc1"), *behind]
    nodes.append(node("MatMul", ["r", "v"], ["y"], "fc2"))
    return nodes, {"w": W, "v": V, **SCALARS, **(weights or {})}


@pytest.mark.parametrize(
    "behind",
    [
        [node("Relu", ["m"], ["a"]), quant("a", "r", signed=0)],
        [quant("m", "a", "s", "z", "five"), node("Relu", ["a"], ["r"])],
        [node("Clip", ["m", "z", "most"], ["r"], "clip")],
    ],
)
def test_bounds(path: Path, onnx_bytes: Bytes, behind: list[Any]) -> None:
    more = {"five": np.float32(5), "most": np.float32(3.75)}
    path.write_bytes(onnx_bytes(*network(*behind, weights=more)))
    layers = read(path)
    expected = np.clip(INPUTS @ W, 0, 3.75) @ V
    np.testing.assert_allclose(float_network(layers, INPUTS)[-1], expected, atol=1e-4)
    rounded = any("not rounded here" in note and "steps of 0.25" in note for note in layers.notes)
    assert rounded == (behind[-1].op_type != "Clip")


def test_signs(path: Path, onnx_bytes: Bytes) -> None:
    """A binary network: its inputs are signs, so are its weights, and all sums are exact."""
    nodes = [
        bipolar("x", "i"),
        bipolar("w", "qw", "s"),
        bipolar("v", "qv"),
        node("MatMul", ["i", "qw"], ["m"], "fc1"),
        bipolar("m", "r"),
        node("MatMul", ["r", "qv"], ["p"], "fc2"),
        node("Add", ["p", "b"], ["t"]),
        bipolar("t", "y"),
    ]
    bias = np.array([0.5, 1.5, -2.5], dtype=np.float32)
    path.write_bytes(onnx_bytes(nodes, {"w": W, "v": V, "b": bias, **SCALARS}))
    layers = read(path)
    inputs = np.where(INPUTS < 0, -1.0, 1.0)
    sums = inputs @ np.where(W < 0, -0.25, 0.25)
    given = float_network(layers, inputs)[-1]
    expected = np.where(sums < 0, -1.0, 1.0) @ np.where(V < 0, -1.0, 1.0) + bias
    clear = (sums != 0).all(axis=1)
    assert clear.any()
    np.testing.assert_allclose(given[clear], expected[clear], atol=1e-5)
    assert layers.notes[0] == (
        "inputs must be given already rounded by what is taken off in front: BipolarQuant 'i' to "
        "-1 and 1"
    )
    assert layers.notes[-2] == (
        "BipolarQuant 'y' at the end is taken off: it gives -1 for outputs below 0 and 1 for others"
    )


def test_both_ends(path: Path, onnx_bytes: Bytes) -> None:
    nodes = [
        quant("x", "i"),
        node("MatMul", ["i", "w"], ["m"], "fc"),
        quant("m", "y", "s", "z", "n", signed=1),
    ]
    path.write_bytes(onnx_bytes(nodes, {"w": W, **SCALARS}))
    layers = read(path)
    np.testing.assert_allclose(float_network(layers, INPUTS)[-1], INPUTS @ W, atol=1e-5)
    assert [note.partition(":")[0] for note in layers.notes] == [
        "inputs must be given already rounded by what is taken off in front",
        "values are not rounded here, but keep 16 bits, so that outputs may differ from the "
        "framework's, behind Quant 'y' to steps of 0.25",
    ]


@pytest.mark.parametrize(
    ("behind", "message"),
    [
        (
            [quant("m", "r")],
            "node 'r' (qonnx.custom_op.general.Quant) on data of shape (batch, 4) rounds and clips "
            "values of both signs, which only stand at the beginning, the end, or beside a Relu: ",
        ),
        (
            [quant("m", "r", "s", "z", "one")],
            "node 'r' (qonnx.custom_op.general.Quant) must round by one of HALF_EVEN, ROUND, CEIL, "
            "FLOOR, DOWN, ROUND_TO_ZERO to 2 bits or more, not by 1 bit with a sign: ",
        ),
        (
            [quant("m", "r", rounding_mode="HALF_UP")],
            "node 'r' (qonnx.custom_op.general.Quant) must round by one of HALF_EVEN, ROUND, CEIL, "
            "FLOOR, DOWN, ROUND_TO_ZERO to 2 bits or more, not by 'HALF_UP': export the network",
        ),
        (
            [quant("m", "r", "z", "z", "n")],
            "must be a whole, undamaged ONNX file, but: node 'r' (qonnx.custom_op.general.Quant) "
            "must have scales above 0 and one width of 1 to 32 bits",
        ),
        (
            [bipolar("m", "r", "z")],
            "node 'r' (onnx.brevitas.BipolarQuant) on data of shape (batch, 4) must have one scale",
        ),
    ],
)
def test_refused(path: Path, onnx_bytes: Bytes, behind: list[Any], message: str) -> None:
    path.write_bytes(onnx_bytes(*network(*behind)))
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).removeprefix(f"{path}: ").startswith(message)


@pytest.mark.parametrize(
    ("before", "behind", "opset"),
    [
        (node("Unsqueeze", ["m"], ["a"], axes=[2]), node("Squeeze", ["n"], ["r"], axes=[2]), 11),
        (node("Unsqueeze", ["m", "axis"], ["a"]), node("Squeeze", ["n", "axis"], ["r"]), 20),
        (node("Transpose", ["m"], ["a"]), node("Transpose", ["n"], ["r"]), 7),
    ],
)
def test_a_normalization_among_moved_axes(
    path: Path, onnx_bytes: Bytes, before: Any, behind: Any, opset: int
) -> None:
    values = np.abs(RNG.standard_normal((4, 4))).astype(np.float32) + 0.5
    names = ["gamma", "beta", "mean", "variance"]
    nodes, tensors = network(
        before, node("BatchNormalization", ["a", *names], ["n"], epsilon=0.01), behind
    )
    tensors |= dict(zip(names, values, strict=True)) | {"axis": np.array([-1])}
    tensors["n_"] = tensors.pop("n")
    path.write_bytes(onnx_bytes(nodes, tensors, opset=opset))
    gamma, beta, mean, variance = values
    expected = ((INPUTS @ W - mean) / np.sqrt(variance + 0.01) * gamma + beta) @ V
    np.testing.assert_allclose(float_network(read(path), INPUTS)[-1], expected, atol=1e-4)
