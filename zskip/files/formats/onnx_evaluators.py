"""Results of ONNX operators on given tensors: weights, codebooks and shapes."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.guard import damaged
from zskip.files.formats.onnx_graph import Node
from zskip.files.formats.onnx_quant import BIPOLAR, QUANT, quantize, signs
from zskip.files.formats.onnx_wire import KIND, MAX_DIMENSIONS
from zskip.model.common.errors import InputError

CASTS = {1: np.float32, 2: np.uint8, 3: np.int8, 5: np.int16, 4: np.uint16, 6: np.int32}
CASTS |= {7: np.int64, 10: np.float16, 11: np.float64, 12: np.uint32, 13: np.uint64}
"""NumPy types by their numbers in ONNX."""

BATCH = -(2**31) + 1
"""Result of `Shape` for the first axis of the data if its length is not fixed."""

MAX_JOINED = 16
"""Most values that `Concat` makes: enough for a shape."""

Tensor = NDArray[Any]
Values = Sequence[Tensor]


def resolve_shape(node: Node, target: Tensor, shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape that a `Reshape` asks for, with its 0 and -1 filled in.

    Parameters
    ----------
    node : Node
        The `Reshape`.
    target : ndarray of int64, shape (axes,)
        What it asks for: 0 is the length that the axis had, and -1 what is left.
    shape : sequence of int
        The shape before.

    Raises
    ------
    InputError
        The target is no shape, or one of another number of values.
    """
    if target.ndim != 1 or target.dtype != np.int64 or len(target) > MAX_DIMENSIONS:
        raise damaged(KIND, f"{node} has no shape as its second input")
    lengths = [int(length) for length in target]
    if node.setting("allowzero", 0) == 0:
        lengths = [
            shape[axis] if length == 0 and axis < len(shape) else length
            for axis, length in enumerate(lengths)
        ]
    known = math.prod(length for length in lengths if length != -1)
    if lengths.count(-1) == 1 and known:
        lengths[lengths.index(-1)] = math.prod(shape) // known
    if math.prod(lengths) != math.prod(shape):
        raise damaged(KIND, f"{node} cannot make ({_shown(lengths)}) of ({_shown(shape)})")
    return tuple(lengths)


def _shown(shape: Sequence[int]) -> str:
    """Return a shape for a message."""
    return ", ".join("batch" if length == BATCH else str(length) for length in shape)


def _identity(node: Node, values: Values) -> Tensor:
    return values[0]


def _transpose(node: Node, values: Values) -> Tensor:
    axes = node.setting("perm", ())
    return values[0].transpose(axes or None)


def _cast(node: Node, values: Values) -> Tensor:
    target = node.setting("to", 0)
    if target not in CASTS:
        raise InputError(
            f"{node} must cast to a type of NumPy, not to type {target} of ONNX: export the "
            "network in float32"
        )
    return values[0].astype(CASTS[target])


def _reshape(node: Node, values: Values) -> Tensor:
    return values[0].reshape(resolve_shape(node, values[1], values[0].shape))


def _squeeze(node: Node, values: Values) -> Tensor:
    axes = tuple_of_axes(node, values[1] if len(values) > 1 else None)
    return np.squeeze(values[0], axes or None)


def _unsqueeze(node: Node, values: Values) -> Tensor:
    return np.expand_dims(values[0], tuple_of_axes(node, values[1] if len(values) > 1 else None))


def tuple_of_axes(node: Node, given: Tensor | None) -> tuple[int, ...]:
    """Return the axes of a `Squeeze` or `Unsqueeze`.

    Parameters
    ----------
    node : Node
        The operation, which has them as an attribute in old files.
    given : ndarray or None
        Its second input.
    """
    if given is not None:
        return tuple(int(axis) for axis in given.ravel()[:8])
    return node.setting("axes", ())


def _gather(node: Node, values: Values) -> Tensor:
    """Look up codes in a codebook."""
    codebook, codes = values[:2]
    if codebook.ndim != 1 or codes.dtype.kind not in "iu" or node.setting("axis", 0) not in (0, -1):
        raise InputError(
            f"{node} must look up integers in a codebook of one axis, not {codes.dtype} in one of "
            f"shape {codebook.shape}: export the weights themselves"
        )
    if codes.size and not -len(codebook) <= int(codes.min()) <= int(codes.max()) < len(codebook):
        raise InputError(
            f"codes of {node} must be from 0 to {len(codebook) - 1}, not {int(codes.min())} to "
            f"{int(codes.max())}: write the file again"
        )
    return codebook[codes.astype(np.int64)]


def _concat(node: Node, values: Values) -> Tensor:
    if any(value.ndim != 1 for value in values) or sum(map(len, values)) > MAX_JOINED:
        raise InputError(f"{node} must join shapes only: export the weights as one tensor")
    return np.concatenate(values)


def _multiply(node: Node, values: Values) -> Tensor:
    """Multiply a tensor with another of its shape, as a mask, or with a scalar."""
    left, right = values[:2]
    if left.shape != right.shape and 1 not in (left.size, right.size):
        raise InputError(
            f"{node} must multiply tensors of one shape, not {left.shape} and {right.shape}: "
            "export with constant folding"
        )
    return left * right


def _dequantize(node: Node, values: Values) -> Tensor:
    """Return ``(x - zero_point) * scale``, with one of them for all values or for each row."""
    codes, scale = values[:2]
    zero = values[2] if len(values) > 2 else np.zeros(scale.shape, dtype=np.int32)
    if scale.size > 1:
        axis = node.setting("axis", 1)
        if scale.shape != (codes.shape[axis],) or zero.shape != scale.shape:
            raise InputError(
                f"{node} must have one scale and zero point, or one for each index of axis "
                f"{axis}, not of shapes {scale.shape} and {zero.shape}: export without blocks"
            )
        shape = [1] * codes.ndim
        shape[axis] = -1
        scale, zero = scale.reshape(shape), zero.reshape(shape)
    difference = codes.astype(np.int32) - zero.astype(np.int32)
    return difference.astype(np.float32) * scale


EVALUATORS: Mapping[str, tuple[int, Callable[[Node, Values], Tensor]]] = {
    "Cast": (1, _cast),
    "Concat": (1, _concat),
    "DequantizeLinear": (2, _dequantize),
    "Gather": (2, _gather),
    "Identity": (1, _identity),
    "Mul": (2, _multiply),
    "Reshape": (2, _reshape),
    "Squeeze": (1, _squeeze),
    "Transpose": (1, _transpose),
    "Unsqueeze": (1, _unsqueeze),
}
"""How many inputs each operator needs at least, and what it computes."""

ROUNDINGS: Mapping[str, tuple[int, Callable[[Node, Values], Tensor]]] = {
    **dict.fromkeys(QUANT, (4, quantize)),
    **dict.fromkeys(BIPOLAR, (2, signs)),
}
"""The same of operators of other domains, which round."""
