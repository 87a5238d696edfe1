"""Layers from named tensors, and tensors as float32; oracle: the arrays that were given."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.state import layers_by_name
from zskip.files.formats.tensors import as_float32, natural, plain_name
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

Array = NDArray[Any]
ONES = np.ones((4, 3), dtype=np.float32)


def test_pairs(
    state: Mapping[str, Array], network: Sequence[FloatLayer], same: Callable[..., None]
) -> None:
    same(layers_by_name(state), network)
    backwards = layers_by_name({name: state[name] for name in reversed(list(state))})
    assert [layer.name for layer in backwards] == ["fc10", "fc2", "fc1"]
    assert [layer.relu for layer in backwards] == [True, True, False]


def test_a_single_layer_without_a_name() -> None:
    (layer,) = layers_by_name({"weight": ONES})
    assert (layer.name, layer.relu) == ("", False)
    assert layer.bias.tolist() == [0.0] * 4


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_wrappers_are_taken_off(
    state: Mapping[str, Array],
    network: Sequence[FloatLayer],
    same: Callable[..., None],
    prefix: str,
) -> None:
    same(layers_by_name({f"{prefix}{name}": state[name] for name in state}), network)


def test_a_layer_may_be_called_like_a_wrapper() -> None:
    tensors = {"module.weight": ONES, "head.weight": np.ones((2, 4), np.float32)}
    assert [layer.name for layer in layers_by_name(tensors)] == ["module", "head"]


@pytest.mark.parametrize("dtype", [np.float32, np.uint8, np.bool_])
def test_masks_of_pruning(dtype: type[np.generic]) -> None:
    mask = np.arange(12).reshape(4, 3) % 2
    tensors = {"fc.bias": np.ones(4, np.float32)}
    tensors |= {"fc.weight_orig": 3 * ONES, "fc.weight_mask": mask.astype(dtype)}
    (layer,) = layers_by_name(tensors)
    assert layer.weights.tolist() == (3.0 * mask).tolist()
    assert not np.signbit(layer.weights).any()


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({}, "must hold at least one tensor <layer>.weight, not none: give weights"),
        (
            {"fc.weight": ONES, "bn.running_mean": ONES[0], "bn.running_var": ONES[0]},
            "must hold tensors <layer>.weight and <layer>.bias only, not 'bn.running_mean', "
            "'bn.running_var': leave them out, or export the network as ONNX, which tells what "
            "they are for",
        ),
        (
            {"fc.bias": ONES[0]},
            "tensor 'fc.weight' must be there, because 'fc.bias' is: write the file again with it",
        ),
        (
            {"fc.weight": ONES, "fc.bias": ONES[0]},
            "tensor 'fc.bias' must be of shape (4,), one value per output, not (3,): write the "
            "file again",
        ),
        (
            {"conv.weight": np.ones((4, 3, 2, 2), np.float32)},
            "tensor 'conv.weight' must be of shape (outputs, inputs), at least (1, 1), not "
            "(4, 3, 2, 2): only fully connected layers can be compressed",
        ),
        (
            {"fc.weight": ONES[:0]},
            "tensor 'fc.weight' must be of shape (outputs, inputs), at least (1, 1), not (0, 3): "
            "only fully connected layers can be compressed",
        ),
        (
            {"fc.weight": ONES.astype(np.int8)},
            "tensor 'fc.weight' must be of float16, bfloat16, float32 or float64, not int8: "
            "convert it to float32",
        ),
        (
            {"fc.weight_orig": ONES, "fc.weight_mask": 2 * ONES},
            "tensor 'fc.weight_mask' must hold 0 or 1 for every value of 'fc.weight_orig': call "
            "torch.nn.utils.prune.remove before saving",
        ),
        (
            {"fc.weight_orig": ONES, "fc.weight_mask": ONES[:1]},
            "tensor 'fc.weight_mask' must hold 0 or 1 for every value of 'fc.weight_orig': call "
            "torch.nn.utils.prune.remove before saving",
        ),
        (
            {f"{index}.weight": np.ones((1, 1), np.float32) for index in range(1001)},
            "must have at most 1000 layers: cut the network into several",
        ),
    ],
)
def test_refused(tensors: dict[str, Array], message: str) -> None:
    with pytest.raises(InputError) as caught:
        layers_by_name(tensors)
    assert str(caught.value) == message


def test_widths() -> None:
    exact = np.array([[0.5, -0.0], [65504.0, 2.0**-24]])
    for dtype in (np.float16, np.float32, np.float64, np.dtype(">f8")):
        given = as_float32("w", exact.astype(dtype))
        assert given.dtype == np.float32
        assert given.dtype.isnative
        np.testing.assert_array_equal(given, exact)
        np.testing.assert_array_equal(np.signbit(given), np.signbit(exact))


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (130, 129), (64, 128)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_transposed(shape: tuple[int, int], dtype: type[np.generic]) -> None:
    values = np.arange(shape[0] * shape[1]).reshape(shape).astype(dtype)
    given = as_float32("w", values.T)
    assert given.flags.c_contiguous
    np.testing.assert_array_equal(given, values.T)


def test_a_sum_beyond_float32_is_no_infinity() -> None:
    largest = np.full(4, np.finfo(np.float32).max)
    assert as_float32("w", largest).tolist() == largest.tolist()


def test_float64_is_rounded_to_nearest() -> None:
    tie = 1 + 2.0**-24
    assert as_float32("w", np.array([tie, np.nextafter(tie, 2)])).tolist() == [1.0, 1 + 2.0**-23]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            np.nan,
            "values of tensor 'w' must be finite, not nan at position (0, 1): remove NaN and "
            "infinite values",
        ),
        (
            -np.inf,
            "values of tensor 'w' must be finite, not -inf at position (0, 1): remove NaN and "
            "infinite values",
        ),
        (
            1e39,
            "values of tensor 'w' must fit in float32, but one is too large: scale them down",
        ),
    ],
)
def test_values_must_be_finite(value: float, message: str) -> None:
    with pytest.raises(InputError) as caught:
        as_float32("w", np.array([[1.0, value]]))
    assert str(caught.value) == message


@pytest.mark.parametrize("bits", [0x7FC00000, 0x7F800001, 0xFFFFFFFF])
def test_every_nan(bits: int) -> None:
    values = np.array([bits], dtype=np.uint32).view(np.float32)
    with pytest.raises(InputError, match="must be finite, not nan at position 0"):
        as_float32("w", values)


def test_natural_order() -> None:
    ordered = ["9" * 5000, "fc", "fc2", "fc02b", "fc10", "fc10.1", "fc10.02", "fc10.10", "fd"]
    given = list(reversed(ordered))
    assert sorted(given, key=natural) == ordered


def test_names_of_layers() -> None:
    assert plain_name("Schicht \u00fc\x1b[31m\n") == "Schicht \u00fc?[31m?"
