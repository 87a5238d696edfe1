"""Layers of Bitlet networks in a file; oracles: the network that was stored, one damage each."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.files.manifest import CURE
from zskip.files.network import load, save
from zskip.model.bitlet.config import BITLET, NAMED, Config
from zskip.model.bitlet.engine import ENGINE
from zskip.model.bitlet.network import Network
from zskip.model.common.errors import InputError
from zskip.verif.bitlet.networks import random_network

TINY = NAMED["tiny"]
SMALL = BITLET.replace(weight_depth=256)

Rewrite = Callable[..., bytes]


def check_equal(left: Network, right: Network) -> None:
    """Compare every field of two networks."""
    assert (left.config, left.input_scale) == (right.config, right.input_scale)
    for one, other in zip(left.layers, right.layers, strict=True):
        assert (one.name, one.relu, one.scale) == (other.name, other.relu, other.scale)
        assert (one.shape, one.source_shape) == (other.shape, other.source_shape)
        assert (one.precision, one.mask_lanes) == (other.precision, other.mask_lanes)
        assert one.twos_complement == other.twos_complement
        for name in ("matrix", "bias", "rows"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@given(
    st.sampled_from([SMALL, SMALL.replace(twos_complement=1)]),
    st.sampled_from([("int8",), ("int2", "int13", "int23"), ("fp16",), ("fp32",)]),
    st.lists(st.integers(1, 20), min_size=2, max_size=4),
    st.integers(0, 1),
    st.booleans(),
    st.integers(0, 1000),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    config: Config,
    precisions: tuple[str, ...],
    sizes: list[int],
    mask_lanes: int,
    huffman: bool,
    seed: int,
) -> None:
    network = random_network(config, sizes, seed, precisions=precisions, mask_lanes=mask_lanes)
    path = tmp_path_factory.getbasetemp() / "any_bitlet.npz"
    save(network, path, huffman=huffman)
    check_equal(load(path), network)


@pytest.mark.parametrize(
    ("precision", "weights", "bias"),
    [
        ("int2", "int8", "int32"),
        ("int9", "int16", "int32"),
        ("int17", "int32", "int32"),
        ("fp16", "float16", "float16"),
        ("fp32", "float32", "float32"),
    ],
)
def test_arrays(tmp_path: Path, precision: str, weights: str, bias: str) -> None:
    network = random_network(SMALL, (9, 5), 1, precisions=(precision,))
    save(network, tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as archive:
        arrays = {name: archive[name] for name in archive if name.startswith("layer0.")}
    assert {name: str(array.dtype) for name, array in arrays.items()} == {
        "layer0.weights": weights,
        "layer0.bias": bias,
    }
    layer = network.layers[0]
    real = layer.matrix if layer.number is None else layer.number.values(layer.matrix)
    np.testing.assert_array_equal(arrays["layer0.weights"], real)


@pytest.mark.parametrize(("precision", "count"), [("int8", 1), ("int17", 3), ("fp32", 4)])
def test_the_bytes_that_are_told_are_those_of_the_file(
    coded_arrays: Callable[[Network], dict[str, Any]], precision: str, count: int
) -> None:
    network = random_network(SMALL, (40, 30), 1, precisions=(precision,))
    sizes = {
        name: array.nbytes
        for name, array in coded_arrays(network).items()
        if name.endswith(("packed", "lengths"))
    }
    assert len(sizes) == 2 * count
    parts = ENGINE.storage(network).total.huffman.parts()
    assert parts["weights"] == sum(v for name, v in sizes.items() if name.endswith("packed"))
    assert parts["tables"] == sum(v for name, v in sizes.items() if name.endswith("lengths"))


def failure(path: Path) -> str:
    """Return the one line that reading ends in, without the file and what to do."""
    with pytest.raises(InputError) as caught:
        load(path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ") or f" of {path} " in line or line.startswith(f"{path} ")
    return line.removeprefix(f"{path}: ").removesuffix(": compress the network again")


@pytest.mark.parametrize(
    ("precision", "change", "message"),
    [
        (
            "int8",
            lambda m: m["layers"][0].update(precision="int1"),
            "layer 'fc1': a precision must be int2 to int24, fp16 or fp32, not 'int1'",
        ),
        (
            "int8",
            lambda m: m["layers"][0].update(precision=8),
            "precision of layer 0 must be of type str, not 8",
        ),
        (
            "int8",
            lambda m: m["layers"][0].update(outputs=65, source_outputs=65),
            "layer 'fc1' must have 1 to 64 outputs and inputs, the limit of its configuration, not "
            "(65, 9)",
        ),
        (
            "fp16",
            lambda m: m["layers"][0].update(precision="fp32", outputs=33, source_outputs=33),
            "layer 'fc1' must have 1 to 32 outputs and inputs, the limit of its configuration, not "
            "(33, 9)",
        ),
        (
            "int8",
            lambda m: m["layers"][0].pop("mask_lanes"),
            f"layer 0 must have 'mask_lanes': {CURE}",
        ),
        (
            "int8",
            lambda m: m["layers"][0].update(mask_lanes=12),
            "layer 'fc1': the lanes that are switched off must be from 0 to 11, all but one of a "
            "row of int8, not 12: choose another number",
        ),
    ],
)
def test_manifests_that_are_refused(
    tmp_path: Path,
    rewritten: Rewrite,
    precision: str,
    change: Callable[[Any], object],
    message: str,
) -> None:
    path = tmp_path / "net.npz"
    network = random_network(TINY, (9, 5, 3), 1, precisions=(precision,))
    path.write_bytes(rewritten(network, change))
    assert failure(path) == message


def with_array(name: str, change: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a change of one array."""
    return lambda arrays: arrays.update({name: change(arrays[name].copy())})


def put(value: float) -> Callable[[Any], Any]:
    """Return a change of the first number of an array."""

    def change(array: Any) -> Any:
        array.flat[0] = value
        return array

    return change


NOT_FINITE = "must be finite, not {0} at position {1}: remove NaN and infinite values"


@pytest.mark.parametrize(
    ("precision", "change", "message"),
    [
        ("int8", lambda a: a.pop("layer0.weights"), "{path} must hold 'layer0.weights.npy'"),
        (
            "fp16",
            with_array("layer0.weights", lambda array: array.astype(np.float32)),
            "array 'layer0.weights' of {path} must be float16 of shape (5, 9), not float32 of "
            "shape (5, 9)",
        ),
        (
            "fp16",
            with_array("layer0.bias", lambda array: array.astype(np.int32)),
            "array 'layer0.bias' of {path} must be float16 of shape (5,), not int32 of shape (5,)",
        ),
        (
            "int8",
            with_array("layer0.weights", put(-128)),
            "layer 'fc1': weights of int8 must be in -127..127, not -128",
        ),
        (
            "int5",
            with_array("layer0.weights", put(16)),
            "layer 'fc1': weights of int5 must be in -15..15, not 16",
        ),
        (
            "fp16",
            with_array("layer0.weights", put(np.nan)),
            "layer 'fc1': weights " + NOT_FINITE.format("nan", "(0, 0)"),
        ),
        (
            "fp16",
            with_array("layer0.bias", put(-np.inf)),
            "layer 'fc1': biases " + NOT_FINITE.format("-inf", "0"),
        ),
    ],
)
def test_arrays_that_are_refused(
    tmp_path: Path,
    rewritten: Rewrite,
    precision: str,
    change: Callable[[Any], object],
    message: str,
) -> None:
    path = tmp_path / "net.npz"
    network = random_network(TINY, (9, 5, 3), 1, precisions=(precision,))
    path.write_bytes(rewritten(network, change_arrays=change))
    assert failure(path) == message.format(path=path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            with_array("layer0.weights1.packed", lambda array: array[:2]),
            "layer 'fc1': weights1.packed must have 6 to 90 bytes for 45 symbols, not shape (2,)",
        ),
        (
            lambda a: a.update({"layer0.weights": np.zeros((5, 9), np.int16)}),
            "{path} must not hold 'layer0.weights.npy'",
        ),
        (
            lambda a: a.pop("layer0.weights0.lengths"),
            "{path} must hold 'layer0.weights0.lengths.npy'",
        ),
    ],
)
def test_coded_arrays_that_are_refused(
    tmp_path: Path, rewritten: Rewrite, change: Callable[[Any], object], message: str
) -> None:
    path = tmp_path / "net.npz"
    network = random_network(TINY, (9, 5, 3), 1, precisions=("int12",))
    path.write_bytes(rewritten(network, change_arrays=change, huffman=True))
    assert failure(path) == message.format(path=path)


@given(st.data())
def test_no_damage_gives_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, rewritten: Rewrite, data: st.DataObject
) -> None:
    """Any bytes of the arrays: a network that passes every check, or one line."""
    huffman = data.draw(st.booleans())

    def change(arrays: dict[str, Any]) -> None:
        name = data.draw(st.sampled_from([n for n in sorted(arrays) if n.startswith("layer")]))
        damaged = bytearray(arrays[name].tobytes())
        for _ in range(data.draw(st.integers(1, 4))):
            damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
        array = np.frombuffer(damaged, arrays[name].dtype)
        arrays[name] = array.reshape(arrays[name].shape)

    precision = data.draw(st.sampled_from(["int4", "int12", "fp16"]))
    network = random_network(TINY, (9, 5, 3), 1, precisions=(precision,))
    path = tmp_path_factory.getbasetemp() / "damaged_bitlet.npz"
    path.write_bytes(rewritten(network, change_arrays=change, huffman=huffman))
    with suppress(InputError):
        load(path).check()
