"""The ``.net`` files of Deep Compression against a reader that follows them number by number."""

import struct
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.files.formats import deep_compression
from zskip.files.formats.deep_compression import (
    ALEXNET,
    Contents,
    Convolution,
    LayerShape,
    read,
    read_all,
    write,
)
from zskip.model.common.codebook import cluster
from zskip.model.common.errors import InputError
from zskip.model.common.pruning import prune_to_density
from zskip.model.common.reference import FloatLayer

SHAPES = (
    LayerShape(name="conv1", kind="conv", shape=(3, 2, 2, 2)),
    LayerShape(name="fc2", kind="fc", shape=(4, 60)),
    LayerShape(name="fc3", kind="fc", shape=(2, 4), relu=False),
)


def plain_read(data: bytes, shapes: tuple[LayerShape, ...]) -> list[tuple[list[float], ...]]:
    """Oracle: flat weights and biases of all layers, read one number after the other."""
    at = 0

    def take(form: str) -> tuple[Any, ...]:
        nonlocal at
        at += struct.calcsize(form)
        return struct.unpack_from(form, data, at - struct.calcsize(form))

    def take_halves(count: int) -> list[int]:
        halves = [half for byte in take(f"{-(-count // 2)}B") for half in (byte % 16, byte // 16)]
        return halves[:count]

    counts = take(f"<{len(shapes)}I")
    layers = []
    for shape, count in zip(shapes, counts, strict=True):
        codebook = take("<256f" if shape.kind == "conv" else "<16f")
        bias = list(take(f"<{shape.shape[0]}f"))
        codes = list(take(f"{count}B")) if shape.kind == "conv" else take_halves(count)
        weights = [codebook[0]] * prod(shape.shape)
        position = -1
        for code, zeros in zip(codes, take_halves(count), strict=True):
            position += zeros + 1
            weights[position] = codebook[code]
        layers.append((weights, bias))
    assert at == len(data)
    return layers


def sparse(seed: int, shape: tuple[int, ...], density: float, values: int) -> np.ndarray:
    """Weights of at most so many distinct values that are not zero."""
    rng = np.random.default_rng(seed)
    codebook = rng.standard_normal(values).astype(np.float32)
    return (codebook[rng.integers(0, values, shape)] * (rng.random(shape) < density)).astype("f4")


def contents(seed: int, shapes: tuple[LayerShape, ...] = SHAPES, density: float = 0.2) -> Contents:
    convolutions, layers = [], []
    for index, shape in enumerate(shapes):
        weights = sparse(seed + index, shape.shape, density, shape.entries - 1)
        bias = np.random.default_rng(seed).standard_normal(shape.shape[0]).astype(np.float32)
        if shape.kind == "conv":
            convolutions.append(Convolution(name=shape.name, weights=weights, bias=bias))
        else:
            layers.append(FloatLayer(weights=weights, bias=bias, relu=shape.relu, name=shape.name))
    return Contents(convolutions=tuple(convolutions), layers=tuple(layers))


def check_same(first: Contents, second: Contents) -> None:
    pairs = [
        *zip(first.convolutions, second.convolutions, strict=True),
        *zip(first.layers, second.layers, strict=True),
    ]
    for one, other in pairs:
        assert one.name == other.name
        assert other.weights.dtype == other.bias.dtype == np.float32
        np.testing.assert_array_equal(one.weights, other.weights)
        np.testing.assert_array_equal(one.bias, other.bias)
    assert [layer.relu for layer in first.layers] == [layer.relu for layer in second.layers]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the examples of a property share."""
    return tmp_path_factory.mktemp("net")


@pytest.mark.parametrize("kind", ["conv", "fc"])
@given(
    seed=st.integers(0, 10**6),
    size=st.integers(1, 90),
    density=st.sampled_from([0.0, 0.01, 0.1, 0.5, 0.97, 1.0]),
)
def test_written_files(
    folder: Path, kind: Literal["conv", "fc"], seed: int, size: int, density: float
) -> None:
    shape = (2, size) if kind == "fc" else (1, size, 1, 1)
    shapes = (LayerShape(name="layer", kind=kind, shape=shape),)
    source = contents(seed, shapes, density)
    path = folder / "one.net"
    write(path, source, shapes)
    check_same(source, read_all(path, shapes))
    data = path.read_bytes()
    weights = [*source.convolutions, *source.layers][0].weights
    assert plain_read(data, shapes)[0][0] == weights.ravel().tolist()
    # The decoder of the release needs an even number of stored weights.
    (count,) = struct.unpack_from("<I", data)
    assert count % 2 == 0 or (weights.size % 2 == 1 and weights.all())


@pytest.mark.parametrize("density", [0.02, 0.3, 1.0])
def test_several_layers(tmp_path: Path, density: float) -> None:
    source = contents(5, density=density)
    path = tmp_path / "three.net"
    write(path, source, SHAPES)
    check_same(source, read_all(path, SHAPES))
    assert [layer.name for layer in read(path, SHAPES)] == ["fc2", "fc3"]
    plain = plain_read(path.read_bytes(), SHAPES)
    for layer, (weights, bias) in zip([*source.convolutions, *source.layers], plain, strict=True):
        assert weights == layer.weights.ravel().tolist()
        assert bias == layer.bias.tolist()


def test_worked_example(tmp_path: Path) -> None:
    """Gaps of 2, 0 and 17; a filler takes 16 zeros of the last one, and one is left."""
    shapes = (LayerShape(name="fc1", kind="fc", shape=(1, 30)),)
    weights = np.zeros((1, 30), dtype=np.float32)
    weights[0, [2, 3, 21]] = [0.5, -1.0, 0.5]
    layer = FloatLayer(weights=weights, bias=np.array([2.0]), relu=True, name="fc1")
    path = tmp_path / "one.net"
    write(path, Contents(convolutions=(), layers=(layer,)), shapes)
    floats = [0.0, -1.0, 0.5, *[0.0] * 13, 2.0]
    # Indices 2, 1, 0, 2 and zeros 2, 0, 15, 1, the first one in the lower half.
    expected = struct.pack("<I17f4B", 4, *floats, 0x12, 0x20, 0x02, 0x1F)
    assert path.read_bytes() == expected


def test_shared_weights_of_a_trained_network(shared_data: Path, tmp_path: Path) -> None:
    """Fully connected layers that `cluster` has shared come back value by value."""
    with np.load(shared_data / "lenet-300-100" / "pruned.npz") as archive:
        sources = [(archive[f"ip{n}.weight"], archive[f"ip{n}.bias"]) for n in (1, 2, 3)]
    layers = tuple(
        FloatLayer(
            weights=cluster(weights).decode().astype(np.float32),
            bias=bias,
            relu=True,
            name=f"ip{number}",
        )
        for number, (weights, bias) in enumerate(sources, start=1)
    )
    shapes = tuple(
        LayerShape(name=layer.name, kind="fc", shape=layer.weights.shape) for layer in layers
    )
    source = Contents(convolutions=(), layers=layers)
    write(tmp_path / "lenet.net", source, shapes)
    check_same(source, read_all(tmp_path / "lenet.net", shapes))


def test_sizes_of_alexnet() -> None:
    sizes = [34848, 307200, 884736, 663552, 442368, 37748736, 16777216, 4096000]
    assert [prod(shape.shape) for shape in ALEXNET] == sizes
    assert [shape.name for shape in ALEXNET if shape.kind == "fc"] == ["fc6", "fc7", "fc8"]
    assert [shape.relu for shape in ALEXNET] == [True] * 7 + [False]


@pytest.mark.slow
def test_a_file_of_alexnet_s_size(tmp_path: Path) -> None:
    """At the densities of Deep Compression's table 4 the file has about its 8.9 MB."""
    densities = [0.84, 0.38, 0.35, 0.37, 0.37, 0.09, 0.09, 0.25]
    parts = [contents(1, (shape,), share) for shape, share in zip(ALEXNET, densities, strict=True)]
    source = Contents(
        convolutions=tuple(part.convolutions[0] for part in parts[:5]),
        layers=tuple(part.layers[0] for part in parts[5:]),
    )
    path = tmp_path / "alexnet.net"
    write(path, source)
    assert 8.5e6 < path.stat().st_size < 8.9e6
    check_same(source, read_all(path))


class TestDamage:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        path = tmp_path / "a.net"
        write(path, contents(1), SHAPES)
        return path

    def message(self, path: Path) -> str:
        with pytest.raises(InputError) as caught:
            read_all(path, SHAPES)
        text = str(caught.value)
        assert text.startswith(f"{path}: ")
        assert "\n" not in text
        return text.removeprefix(f"{path}: ")

    def change(self, path: Path, at: int, data: bytes) -> None:
        old = path.read_bytes()
        path.write_bytes(old[:at] + data + old[at + len(data) :])

    def test_short_or_long(self, path: Path) -> None:
        data = path.read_bytes()
        size = len(data)
        for other in (data[:-1], data[:12], data + b"\0", data * 2):
            path.write_bytes(other)
            assert self.message(path) == (
                f"must have {size} bytes by its counts, not {len(other)}: "
                "the file is damaged, or of another network"
            )

    def test_no_room_for_counts(self, path: Path) -> None:
        path.write_bytes(b"12345678901")
        assert self.message(path) == (
            "must begin with 3 counts of 4 bytes, but has 11 bytes: "
            "the file is damaged, or of another network"
        )
        path.write_bytes(b"")
        assert self.message(path) == "must hold a network, but is empty: write it again"

    def test_counts_that_do_not_fit(self, path: Path) -> None:
        self.change(path, 8, struct.pack("<I", 9))
        assert self.message(path) == (
            "must store at most the 8 weights of layer 'fc3', not 9: "
            "the file is damaged, or of another network"
        )

    @pytest.mark.parametrize("zeros", [1, 12])
    def test_positions_behind_the_end(self, tmp_path: Path, zeros: int) -> None:
        """The last weight of two is at the end of 20, then 1 or 12 places behind it."""
        shapes = (LayerShape(name="fc1", kind="fc", shape=(1, 20)),)
        weights = np.zeros((1, 20), dtype=np.float32)
        weights[0, [15, 19]] = 1.0
        layer = FloatLayer(weights=weights, bias=np.zeros(1), relu=True)
        path = tmp_path / "fc1.net"
        write(path, Contents(convolutions=(), layers=(layer,)), shapes)
        data = bytearray(path.read_bytes())
        assert data[-1] == 3 << 4 | 15
        data[-1] = (3 + zeros) << 4 | 15
        path.write_bytes(data)
        with pytest.raises(InputError) as caught:
            read(path, shapes)
        assert str(caught.value) == (
            f"{path}: positions of layer 'fc1' must be below 20, not {19 + zeros}: "
            "the file is damaged, or of another network"
        )

    def test_codebook_without_zero(self, path: Path) -> None:
        self.change(path, 12, struct.pack("<f", 0.5))
        assert self.message(path) == (
            "codebook of layer 'conv1' must begin with 0, not 0.5: "
            "the file is damaged, or of another network"
        )

    @pytest.mark.parametrize(
        ("at", "what"), [(12 + 4 * 7, "codebook values"), (12 + 4 * 256, "biases")]
    )
    def test_not_finite(self, path: Path, at: int, what: str) -> None:
        self.change(path, at, struct.pack("<f", np.nan))
        assert self.message(path).startswith(f"{what} of layer 'conv1' must be finite, not nan at")

    def test_unused_half_byte(self, tmp_path: Path) -> None:
        """Only a file with an odd count has one, as a full layer of odd size has."""
        shapes = (LayerShape(name="fc1", kind="fc", shape=(1, 3)),)
        path = tmp_path / "odd.net"
        write(path, contents(1, shapes, 1.0), shapes)
        for at in (-1, -3):
            data = bytearray(path.read_bytes())
            assert len(data) == 4 + 4 * 17 + 4
            data[at] |= 0x50
            (tmp_path / "bad.net").write_bytes(data)
            with pytest.raises(InputError, match=r"unused half byte of layer 'fc1' must be 0, not"):
                read(tmp_path / "bad.net", shapes)

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"nothing\.net"):
            read(tmp_path / "nothing.net")

    @given(st.data())
    def test_any_change_is_refused_or_decoded(self, folder: Path, data: st.DataObject) -> None:
        """One line, or what the plain reader gives."""
        path = folder / "fuzz.net"
        write(path, contents(3), SHAPES)
        raw = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            # Half of the changes meet the counts and the small layer at the end.
            at = data.draw(st.integers(0, len(raw) - 1) | st.integers(-80, 11))
            raw[at] = data.draw(st.integers(0, 255))
        path.write_bytes(raw)
        try:
            result = read_all(path, SHAPES)
        except InputError as error:
            refusal = str(error)
        else:
            refusal = ""
            layers = [*result.convolutions, *result.layers]
            for layer, (weights, bias) in zip(layers, plain_read(bytes(raw), SHAPES), strict=True):
                assert weights == layer.weights.ravel().tolist()
                assert bias == layer.bias.tolist()
        assert "\n" not in refusal


class TestRefusals:
    SHAPES = (LayerShape(name="fc1", kind="fc", shape=(2, 40)),)

    def message(self, path: Path, weights: np.ndarray, bias: np.ndarray | None = None) -> str:
        layer = FloatLayer(
            weights=weights, bias=np.zeros(2) if bias is None else bias, relu=True, name="mine"
        )
        with pytest.raises(InputError) as caught:
            write(path / "a.net", Contents(convolutions=(), layers=(layer,)), self.SHAPES)
        assert list(path.iterdir()) == []
        return str(caught.value)

    def test_too_many_values(self, tmp_path: Path) -> None:
        weights = prune_to_density(np.random.default_rng(1).standard_normal((2, 40)), 0.5)
        sixteen = np.arange(80, dtype=np.float32).reshape(2, 40) % 17
        for matrix, count in ((weights.astype(np.float32), 40), (sixteen, 16)):
            assert self.message(tmp_path, matrix) == (
                f"weights of layer 'fc1' must have at most 15 distinct values besides 0, not "
                f"{count}: share them first"
            )

    def test_shapes(self, tmp_path: Path) -> None:
        assert self.message(tmp_path, np.zeros((2, 41))) == (
            "layer 'fc1' must have weights of shape (2, 40) and 2 biases, not (2, 41) and (2,): "
            "check the order of the layers"
        )
        assert self.message(tmp_path, np.zeros((2, 40)), np.zeros(3)) == (
            "layer 'fc1' must have weights of shape (2, 40) and 2 biases, not (2, 40) and (3,): "
            "check the order of the layers"
        )

    def test_numbers(self, tmp_path: Path) -> None:
        for value in (0.1, 1e300):
            assert self.message(tmp_path, np.full((2, 40), value)) == (
                "weights of layer 'fc1' must be exact in float32, not float64: round them first"
            )
        assert self.message(tmp_path, np.zeros((2, 40)), np.array([1.0, np.inf])) == (
            "biases of layer 'fc1' must be finite, not inf at position 1: "
            "remove NaN and infinite values"
        )

    def test_layers(self, tmp_path: Path) -> None:
        with pytest.raises(InputError) as caught:
            write(tmp_path / "a.net", contents(1), self.SHAPES)
        assert str(caught.value) == (
            "there must be 0 convolutions and 1 fully connected layers, not 1 and 2: "
            "give those of the description"
        )


def test_counts_are_made_even_inside() -> None:
    """With no room behind the last weight, the last gap of 3 becomes one of 2 and a filler."""
    codes, zeros = np.array([1, 2, 3], np.uint8), np.array([0, 3, 0], np.uint8)
    new_codes, new_zeros = deep_compression._with_filler(codes, zeros, at_end=False)
    assert new_codes.tolist() == [1, 0, 2, 3]
    assert new_zeros.tolist() == [0, 2, 0, 0]
