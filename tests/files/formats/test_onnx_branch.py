"""Graphs that are no chains, as exporters of Keras write them; oracle: the cause that each has."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from zskip.files.formats.onnx_file import read

onnx = pytest.importorskip("onnx")
node = onnx.helper.make_node
SQUARE = np.eye(4, dtype=np.float32)
LAYERS = "must hold fully connected layers only, not "
STATE = "a network with state or attention cannot be compressed; export its fully connected layers"
CHAIN = "export a chain of fully connected layers and ReLU"


def cast(name: str, result: str) -> Any:
    """A cast, as Keras puts around everything."""
    return node("Cast", [name], [result], to=onnx.TensorProto.FLOAT)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (
            [
                node("MatMul", ["x", "w"], ["a"], "first"),
                cast("a", "c"),
                cast("a", "d"),
                node("Relu", ["d"], ["r"]),
                node("Add", ["c", "r"], ["y"], "sum"),
            ],
            "node 'sum' (Add), the sum of two results of the network (a residual connection), is "
            f"not supported: {CHAIN}",
        ),
        (
            [
                node("MatMul", ["x", "w"], ["a"], "first"),
                node("MatMul", ["x", "v"], ["b"], "second"),
                node("Concat", ["a", "b"], ["y"], "both", axis=1),
            ],
            f"node 'both' (Concat), where two branches of the network meet, is not supported: "
            f"{CHAIN}",
        ),
        (
            [
                node("MatMul", ["x", "w"], ["a"]),
                node("Relu", ["a"], ["p"]),
                node("Neg", ["a"], ["n"], "minus"),
                cast("n", "c"),
                node("Relu", ["c"], ["q"]),
                node("Mul", ["q", "s"], ["t"]),
                node("Add", ["p", "t"], ["y"]),
            ],
            "node 'minus' (Neg), the beginning of the activation PReLU or leaky ReLU, written as "
            "relu(x) - slope * relu(-x), is not supported: train the network with ReLU in its "
            "place",
        ),
        (
            [
                node("Softplus", ["x"], ["p"], "bent"),
                node("Greater", ["x", "s"], ["g"]),
                node("Where", ["g", "x", "p"], ["y"]),
            ],
            "node 'bent' (Softplus), the beginning of the activation softplus, written with a "
            "threshold, is not supported: train the network with ReLU in its place",
        ),
        (
            [
                node("ReduceMean", ["x"], ["m"], "mean", axes=[1]),
                node("Sub", ["x", "m"], ["y"]),
            ],
            "node 'mean' (ReduceMean), the beginning of a normalization over the values of each "
            "input (LayerNorm), is not supported: train the network with BatchNormalization in "
            "its place, which can be folded",
        ),
        (
            [
                node("Transpose", ["x"], ["t"], perm=[1, 0]),
                node("Identity", ["w"], ["i"]),
                node("MatMul", ["t", "w"], ["a"], "step"),
                node("Tanh", ["a"], ["h"]),
                node("MatMul", ["h", "i"], ["b"], "again"),
                node("Add", ["a", "b"], ["y"]),
            ],
            f"{LAYERS}node 'again' (MatMul): it is of an unrolled LSTM, GRU or RNN; {STATE}",
        ),
        (
            [
                node("Transpose", ["x"], ["t"], perm=[1, 0]),
                node("MatMul", ["x", "t"], ["y"], "scores"),
            ],
            f"{LAYERS}node 'scores' (MatMul): it multiplies two results, as attention does; "
            f"{STATE}",
        ),
        (
            [
                node("Cast", ["x"], ["i"], to=onnx.TensorProto.INT64),
                node("Gather", ["w", "i"], ["y"], "table"),
            ],
            f"{LAYERS}node 'table' (Gather): it looks inputs up in a table (embedding); export "
            "what follows",
        ),
    ],
)
def test_causes(
    tmp_path: Path,
    onnx_bytes: Callable[..., bytes],
    refused: Callable[..., str],
    nodes: Sequence[Any],
    message: str,
) -> None:
    tensors: Mapping[str, Any] = {"w": SQUARE, "v": 2 * SQUARE, "s": np.float32(0.5)}
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_bytes(nodes, tensors, shape=("batch", 4)))
    assert refused(read, path) == message


def test_a_layer_that_is_used_twice_in_a_chain_is_read(
    tmp_path: Path, onnx_bytes: Callable[..., bytes]
) -> None:
    nodes = [
        node("MatMul", ["x", "w"], ["a"], "once"),
        node("Relu", ["a"], ["r"]),
        node("MatMul", ["r", "w"], ["y"], "twice"),
    ]
    path = tmp_path / "net.onnx"
    path.write_bytes(onnx_bytes(nodes, {"w": SQUARE}, shape=("batch", 4)))
    assert [layer.name for layer in read(path)] == ["once", "twice"]
