"""Layers of N:M networks in a file; oracles: the network that was stored, one damage each."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.files.manifest import CURE
from zskip.files.network import load, save, to_bytes
from zskip.model.common.errors import InputError
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.network import Network
from zskip.verif.nm.stimulus import random_network

TINY = NAMED["tiny"]

Rewrite = Callable[..., bytes]


def check_equal(left: Network, right: Network) -> None:
    """Compare every field of two networks."""
    assert (left.config, left.input_scale) == (right.config, right.input_scale)
    for one, other in zip(left.layers, right.layers, strict=True):
        assert (one.name, one.relu, one.scale) == (other.name, other.relu, other.scale)
        assert (one.shape, one.source_shape) == (other.shape, other.source_shape)
        for name in ("codebook", "bias", "rows"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        for name in ("values", "positions"):
            np.testing.assert_array_equal(getattr(one.matrix, name), getattr(other.matrix, name))


@given(
    st.sampled_from(
        [
            config.replace(weight_depth=1024)
            for config in (
                *NAMED.values(),
                TINY.replace(n=3, m=8, weight_bits=16, acc_bits=48),
                TINY.replace(n=1, m=2, groups=2),
            )
        ]
    ),
    st.lists(st.integers(1, 30), min_size=2, max_size=4),
    st.booleans(),
    st.integers(0, 1000),
)
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    config: Config,
    sizes: list[int],
    huffman: bool,
    seed: int,
) -> None:
    network = random_network(config, tuple(sizes), seed, beats=(config.max_beats, 1))
    path = tmp_path_factory.getbasetemp() / "any_nm.npz"
    save(network, path, huffman=huffman)
    check_equal(load(path), network)


@pytest.mark.parametrize(
    ("config", "arrays"),
    [
        (TINY, {"values": "int8", "positions": "uint8"}),
        (TINY.replace(weight_bits=16), {"values": "int16", "positions": "uint8"}),
        (TINY.replace(n=4), {"values": "int8"}),
        (
            TINY.replace(weight_bits=4),
            {"values": "uint8", "positions": "uint8", "codebook": "int16"},
        ),
    ],
)
def test_arrays(tmp_path: Path, config: Config, arrays: dict[str, str]) -> None:
    save(random_network(config, (9, 5), 1), tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz") as archive:
        given_arrays = {
            name.removeprefix("layer0."): str(archive[name].dtype)
            for name in archive
            if name.startswith("layer0.")
        }
    assert given_arrays == {**arrays, "bias": "int32"}


@pytest.mark.parametrize("config", [TINY, TINY.replace(weight_bits=16), TINY.replace(n=4)])
def test_the_bytes_that_are_told_are_those_of_the_file(
    coded_arrays: Callable[[Network], dict[str, Any]], config: Config
) -> None:
    network = random_network(config, (40, 30), 1, beats=(config.max_beats,))
    sizes = {
        name: array.nbytes
        for name, array in coded_arrays(network).items()
        if name.endswith(("packed", "lengths"))
    }
    parts = ENGINE.storage(network).total.huffman.parts()
    coded = sum(size for name, size in sizes.items() if name.endswith("packed"))
    assert parts["weights"] + parts["positions"] == coded
    assert parts["tables"] == sum(sizes.values()) - coded
    assert ("layer0.positions.packed" in sizes) != config.dense


def failure(path: Path) -> str:
    """Return the one line that reading ends in, without the file and what to do."""
    with pytest.raises(InputError) as caught:
        load(path)
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{path}: ") or f" of {path} " in line or line.startswith(f"{path} ")
    return line.removeprefix(f"{path}: ").removesuffix(": compress the network again")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: m["layers"][0].update(beats=3),
            "a group of layer 'fc1' must take 1 to 2 beats of 2 of its 4 weights, not 3",
        ),
        (
            lambda m: m["layers"][0].update(beats=0),
            "a group of layer 'fc1' must take 1 to 2 beats of 2 of its 4 weights, not 0",
        ),
        (
            lambda m: m["layers"][0].update(outputs=65, source_outputs=65),
            "layer 'fc1' must have 1 to 64 outputs and inputs, the limit of its configuration, not "
            "(65, 9)",
        ),
        (lambda m: m["layers"][0].pop("beats"), f"layer 0 must have 'beats': {CURE}"),
        (
            lambda m: m["configuration"].update(n=5),
            "n must be at most m, the weights of a group, not 5 of 4: choose n=4 for the dense "
            "array",
        ),
        (
            lambda m: m["configuration"].update(weight_depth=8),
            "the network must fit the memories of its array of 2 PEs, but needs 13 beats of "
            "weights of 8: add --set weight_depth=13",
        ),
    ],
)
def test_manifests_that_are_refused(
    tmp_path: Path, rewritten: Rewrite, change: Callable[[Any], object], message: str
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(random_network(TINY, (9, 5, 3), 1), change))
    assert failure(path) == message


def with_array(name: str, change: Callable[[Any], object]) -> Callable[[Any], object]:
    """Return a change of one array of the first layer."""
    return lambda arrays: arrays.update({name: change(arrays[name].copy())})


def put(values: list[int]) -> Callable[[Any], Any]:
    """Return a change of the first numbers of an array."""

    def change(array: Any) -> Any:
        array.flat[: len(values)] = values
        return array

    return change


@pytest.mark.parametrize("pair", [(0, 0), (1, 1), (2, 2), (3, 3), (1, 0), (3, 2), (1, 4), (0, 255)])
def test_illegal_codes_are_refused(
    tmp_path: Path, rewritten: Rewrite, pair: tuple[int, int]
) -> None:
    network = random_network(TINY, (9, 5, 3), 1)
    path = tmp_path / "net.npz"
    path.write_bytes(
        rewritten(network, change_arrays=with_array("layer0.positions", put(list(pair))))
    )
    assert failure(path) == (
        f"layer 'fc1': the positions of a group must ascend below 4, not {list(pair)} in row 0, "
        "group 0: the file is damaged; compress the network again"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda a: a.pop("layer0.positions"),
            "{path} must hold 'layer0.positions.npy'",
        ),
        (
            lambda a: a.update({"layer0.codebook": np.zeros(16, np.int16)}),
            "{path} must not hold 'layer0.codebook.npy'",
        ),
        (
            with_array("layer0.values", lambda array: array.astype(np.int16)),
            "array 'layer0.values' of {path} must be int8 of shape (5, 3, 1, 2), not int16 of "
            "shape (5, 3, 1, 2)",
        ),
        (
            with_array("layer0.positions", lambda array: array[:, :2]),
            "array 'layer0.positions' of {path} must be uint8 of shape (5, 3, 1, 2), not uint8 of "
            "shape (5, 2, 1, 2)",
        ),
    ],
)
def test_arrays_that_are_refused(
    tmp_path: Path, rewritten: Rewrite, change: Callable[[Any], object], message: str
) -> None:
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(random_network(TINY, (9, 5, 3), 1), change_arrays=change))
    assert failure(path) == message.format(path=path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            with_array("layer0.values", put([16])),
            "layer 'fc1': codebook indices must be from 0 to 15, not 0 to 16",
        ),
        (
            with_array("layer0.codebook", put([7])),
            "layer 'fc1': the first codebook value must be 0, not 7",
        ),
    ],
)
def test_codebooks_that_are_refused(
    tmp_path: Path, rewritten: Rewrite, change: Callable[[Any], object], message: str
) -> None:
    config = TINY.replace(weight_bits=4)
    network = random_network(config, (9, 5, 3), 1)
    network.layers[0].matrix.values[0, 0, 0] = 1
    path = tmp_path / "net.npz"
    path.write_bytes(rewritten(network, change_arrays=change))
    assert failure(path).startswith(message)


def test_a_weight_beyond_the_inputs_is_refused(tmp_path: Path) -> None:
    network = random_network(TINY, (9, 5), 1)
    layer = network.layers[0]
    values, positions = layer.matrix.values.copy(), layer.matrix.positions.copy()
    values[2, 2, 0], positions[2, 2, 0] = (0, 5), (0, 1)
    matrix = replace(layer.matrix, values=values, positions=positions)
    path = tmp_path / "net.npz"
    path.write_bytes(to_bytes(replace(network, layers=(replace(layer, matrix=matrix),))))
    assert failure(path).startswith(
        "layer 'fc1': a weight must have a column of its own among the 9 inputs, but two share one "
        "or there is none in row 2, group 2"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            with_array("layer0.positions.lengths", lambda array: np.ones(5, np.uint8)),
            "layer 'fc1': positions.lengths must have at most 4 values, not shape (5,)",
        ),
        (
            with_array("layer0.values0.packed", lambda array: array[:2]),
            "layer 'fc1': values0.packed must have 4 to 60 bytes for 30 symbols, not shape (2,)",
        ),
        (
            lambda a: a.update({"layer0.values": np.zeros((5, 3, 1, 2), np.int8)}),
            "{path} must not hold 'layer0.values.npy'",
        ),
    ],
)
def test_coded_arrays_that_are_refused(
    tmp_path: Path, rewritten: Rewrite, change: Callable[[Any], object], message: str
) -> None:
    path = tmp_path / "net.npz"
    network = random_network(TINY, (9, 5, 3), 1)
    path.write_bytes(rewritten(network, change_arrays=change, huffman=True))
    assert failure(path) == message.format(path=path)


@given(st.data())
def test_no_damage_gives_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, rewritten: Rewrite, data: st.DataObject
) -> None:
    """Any bytes of the arrays: a network that passes every check, or one line."""

    def change(arrays: dict[str, Any]) -> None:
        name = data.draw(st.sampled_from(["layer0.values", "layer0.positions", "layer1.positions"]))
        array = arrays[name]
        for _ in range(data.draw(st.integers(1, 4))):
            place = data.draw(st.integers(0, array.size - 1))
            array.flat[place] = data.draw(st.integers(0, 127))

    path = tmp_path_factory.getbasetemp() / "damaged_nm.npz"
    path.write_bytes(rewritten(random_network(TINY, (9, 5, 3), 1), change_arrays=change))
    with suppress(InputError):
        load(path).check()
