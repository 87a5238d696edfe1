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
            "normalization 'bn' must be just behind a layer with as many outputs, but the file "
            "does not tell behind which: export the network as ONNX, which does",
        ),
        (
            {"fc.weight": ONES, "bn.running_mean": ONES[:, 0]},
            "tensor 'bn.running_var' must be there, as others of its normalization are: write the "
            "file again with it",
        ),
        (
            {"fc.weight": ONES, "fc.note": ONES[0]},
            "must hold tensors <layer>.weight and <layer>.bias only, not 'fc.note': leave them "
            "out, or export the network as ONNX, which tells what they are for",
        ),
        (
            {"lstm.weight_ih_l0": np.ones((8, 3)), "lstm.weight_hh_l0": np.ones((8, 2))},
            "must hold fully connected layers only, but tensor 'lstm.weight_ih_l0' is of an LSTM: "
            "only networks without state can be compressed",
        ),
        (
            {"lstm.weight_hh_l0": np.ones((8, 2)), "fc.weight": ONES},
            "must hold fully connected layers only, but tensor 'lstm.weight_hh_l0' is of an LSTM: "
            "only networks without state can be compressed",
        ),
        (
            {"rnn.weight_ih_l0": np.ones((2, 3)), "rnn.weight_hh_l0": np.ones((2, 2))},
            "must hold fully connected layers only, but tensor 'rnn.weight_ih_l0' is of an RNN: "
            "only networks without state can be compressed",
        ),
        (
            {"fc.weight": ONES, "scale": np.ones(1)},
            "must hold tensors <layer>.weight and <layer>.bias only, not 'scale': leave them out, "
            "or export the network as ONNX, which tells what they are for",
        ),
        (
            {"a.self_attn.in_proj_weight": ONES},
            "must hold fully connected layers only, but tensor 'a.self_attn.in_proj_weight' is of "
            "an attention: only chains of layers can be compressed",
        ),
        (
            {"fc.weight": ONES, "fc.zero_point": np.zeros(1)},
            "must hold fully connected layers only, but tensor 'fc.zero_point' is of a quantized "
            "model: save the state_dict of the model before it is quantized, or export ONNX",
        ),
        (
            {"fc.weight": ONES, "ln.weight": ONES[0], "ln.bias": ONES[0]},
            "must hold fully connected layers only, but tensor 'ln.weight' of shape (3,) is no "
            "matrix, as of a normalization without statistics (LayerNorm): only fully connected "
            "layers, ReLU and BatchNorm can be compressed",
        ),
        (
            {"fc.weight": ONES, "act.weight": np.ones(1)},
            "must hold fully connected layers only, but tensor 'act.weight' of shape (1,) is no "
            "matrix, as of a PReLU: only fully connected layers, ReLU and BatchNorm can be "
            "compressed",
        ),
        (
            {"fc.bias": ONES[0]},
            "tensor 'fc.weight' must be there, because 'fc.bias' is: write the file again with it",
        ),
        (
            {"fc.weight": ONES, "fc.bias": ONES[0]},
            "tensor 'fc.weight' must be of shape (outputs, inputs), but its shape (4, 3) is "
            "(inputs, outputs) by the 3 biases: transpose it",
        ),
        (
            {"fc.weight": ONES, "fc.bias": np.ones(5)},
            "tensor 'fc.bias' must be of shape (4,), one value per output, not (5,): write the "
            "file again",
        ),
        (
            {"conv.weight": np.ones((4, 3, 2, 2), np.float32)},
            "must hold fully connected layers only, but tensor 'conv.weight' of shape "
            "(4, 3, 2, 2) is of a convolution: only fully connected layers can be compressed, so "
            "save those behind it",
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


def statistics(length: int) -> dict[str, Array]:
    """The tensors of a batch normalization."""
    rng = np.random.default_rng(length)
    roles = ("weight", "bias", "running_mean", "running_var")
    values = np.abs(rng.standard_normal((4, length))).astype(np.float32)
    return {**dict(zip(roles, values, strict=True)), "num_batches_tracked": np.array(3)}


@pytest.mark.parametrize(
    ("names", "norm", "into"),
    [
        (["0", "1", "3"], "1", 0),
        (["fc", "bn", "out"], "bn", 0),
        (["bn1", "fc1", "fc2"], "bn1", 0),
        (["fc1", "fc2", "bn1"], "bn1", 0),
        (["fc1", "fc2", "bn2"], "bn2", 1),
        (["layers.0.norm", "layers.0.linear", "layers.1.linear"], "layers.0.norm", 0),
    ],
)
def test_batch_normalization_is_folded(names: Sequence[str], norm: str, into: int) -> None:
    rng = np.random.default_rng(2)
    linear = [name for name in names if name != norm]
    weights = {f"{name}.weight": rng.standard_normal((4, 4)) for name in linear}
    values = statistics(4)
    folded = {f"{norm}.{role}": values[role] for role in values}
    tensors = {
        key: array
        for name in names
        for key, array in (weights | folded).items()
        if key.rpartition(".")[0] == name
    }
    layers = layers_by_name(tensors)
    assert [layer.name for layer in layers] == linear
    assert [layer.relu for layer in layers] == [True, False]
    factor = values["weight"] / np.sqrt(values["running_var"].astype(np.float64) + 1e-5)
    for index, (name, layer) in enumerate(zip(linear, layers, strict=True)):
        scale = factor if index == into else np.ones(4)
        expected = weights[f"{name}.weight"] * scale[:, None]
        np.testing.assert_allclose(layer.weights, expected, rtol=1e-5)
    shift = values["bias"] - values["running_mean"] * factor
    np.testing.assert_allclose(layers[into].bias, shift, rtol=1e-4, atol=1e-6)
    assert layers.notes[0] == (
        f"normalization '{norm}' is folded into layer '{linear[into]}', in front of its "
        "activation, with epsilon 1e-05, as the file does not tell"
    )


def test_a_normalization_in_front_is_refused() -> None:
    values = statistics(3)
    tensors = {f"norm.{role}": values[role] for role in values}
    with pytest.raises(InputError, match="'norm' must be just behind a layer with as many"):
        layers_by_name(tensors | {"fc.weight": ONES})


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
