"""The ``.net`` file of Deep Compression's AlexNet release.

It holds, little-endian and without any name, shape or magic number:

1. for every layer the number of its stored weights, uint32;
2. then for every layer its codebook, float32 (256 entries of a convolution, 16 of a fully connected
   layer); its biases, float32; the codebook index of every stored weight, uint8 (two to a byte in
   fully connected layers); and the number of zeros before it, 0 to 15, two to a byte.

Of two in a byte the first one is in the lower half. Zeros are counted in the flattened weights,
outputs first, without a new start at a row. Longer gaps have fillers of index 0 after 15 zeros.
Names, shapes and ReLU are the reader's to know: `ALEXNET` by default.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from zskip.files.atomic import write_file
from zskip.files.formats.guard import naming
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import check_finite
from zskip.model.common.reference import FloatLayer

CODE_BITS = {"conv": 8, "fc": 4}
"""Width of the codebook indices by kind of layer."""

MAX_ZEROS = 15
"""Zeros that one entry can skip."""

Float32Array = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class LayerShape:
    """Facts about a layer that the file does not hold.

    Attributes
    ----------
    name : str
        Its name.
    kind : {"conv", "fc"}
        Convolution or fully connected layer.
    shape : tuple of int
        ``(outputs, inputs)``, or ``(outputs, inputs of a group, height, width)``.
    relu : bool
        Whether negative outputs become 0.
    """

    name: str
    kind: Literal["conv", "fc"]
    shape: tuple[int, ...]
    relu: bool = True

    @property
    def entries(self) -> int:
        """Size of the codebook."""
        return 1 << CODE_BITS[self.kind]

    def stored_bytes(self, count: int) -> int:
        """Return the bytes that the layer takes with a number of stored weights."""
        codes = -(-count * CODE_BITS[self.kind] // 8)
        return 4 * (self.entries + self.shape[0]) + codes + -(-count // 2)


ALEXNET = (
    LayerShape(name="conv1", kind="conv", shape=(96, 3, 11, 11)),
    LayerShape(name="conv2", kind="conv", shape=(256, 48, 5, 5)),
    LayerShape(name="conv3", kind="conv", shape=(384, 256, 3, 3)),
    LayerShape(name="conv4", kind="conv", shape=(384, 192, 3, 3)),
    LayerShape(name="conv5", kind="conv", shape=(256, 192, 3, 3)),
    LayerShape(name="fc6", kind="fc", shape=(4096, 9216)),
    LayerShape(name="fc7", kind="fc", shape=(4096, 4096)),
    LayerShape(name="fc8", kind="fc", shape=(1000, 4096), relu=False),
)
"""The layers of AlexNet as released: Caffe's reference network, two groups in conv2, 4 and 5."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Convolution:
    """A convolution.

    Attributes
    ----------
    name : str
        Its name.
    weights : ndarray of float32, shape (outputs, inputs of a group, height, width)
        Weights.
    bias : ndarray of float32, shape (outputs,)
        Biases.
    """

    name: str
    weights: Float32Array
    bias: Float32Array


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """The layers of a file, each kind in its order.

    Attributes
    ----------
    convolutions : tuple of Convolution
        The convolutions, which the array does not compute.
    layers : tuple of FloatLayer
        The fully connected layers, of float32.
    """

    convolutions: tuple[Convolution, ...]
    layers: tuple[FloatLayer, ...]


def read(path: Path, shapes: Sequence[LayerShape] = ALEXNET) -> tuple[FloatLayer, ...]:
    """Read the fully connected layers of a file, AlexNet's unless told otherwise.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    shapes : sequence of LayerShape, optional
        All layers in the order of the file.

    Returns
    -------
    tuple of FloatLayer
        Of float32.

    Raises
    ------
    InputError
        As `read_all`.
    """
    return read_all(path, shapes).layers


def read_all(path: Path, shapes: Sequence[LayerShape] = ALEXNET) -> Contents:
    """Read all layers of a file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    shapes : sequence of LayerShape, optional
        The layers in the order of the file.

    Returns
    -------
    Contents
        Weights of exactly the values of the codebooks.

    Raises
    ------
    InputError
        The file cannot be read, is too short or too long for the layers and its own counts, or a
        layer stores more weights than it has, positions behind its last weight, a codebook that
        does not begin with 0, or numbers that are not finite.
    """
    with naming(path) as size, path.open("rb") as file:
        head = file.read(4 * len(shapes))
        if len(head) < 4 * len(shapes):
            raise _damaged(f"must begin with {len(shapes)} counts of 4 bytes, but has {size} bytes")
        counts = np.frombuffer(head, dtype="<u4").tolist()
        for shape, count in zip(shapes, counts, strict=True):
            if count > prod(shape.shape):
                raise _damaged(
                    f"must store at most the {prod(shape.shape)} weights of layer {shape.name!r}, "
                    f"not {count}"
                )
        sizes = [shape.stored_bytes(count) for shape, count in zip(shapes, counts, strict=True)]
        if size != len(head) + sum(sizes):
            raise _damaged(f"must have {len(head) + sum(sizes)} bytes by its counts, not {size}")
        convolutions: list[Convolution] = []
        layers: list[FloatLayer] = []
        for shape, count, layer_size in zip(shapes, counts, sizes, strict=True):
            weights, bias = _decode(shape, count, file.read(layer_size))
            if shape.kind == "conv":
                convolutions.append(Convolution(name=shape.name, weights=weights, bias=bias))
            else:
                layers.append(
                    FloatLayer(weights=weights, bias=bias, relu=shape.relu, name=shape.name)
                )
    return Contents(convolutions=tuple(convolutions), layers=tuple(layers))


def write(path: Path, contents: Contents, shapes: Sequence[LayerShape] = ALEXNET) -> None:
    """Write a file.

    The release's own decoder takes even numbers of stored weights only, so that one more filler
    makes them even, unless the number of weights is odd and none of them is 0.

    Parameters
    ----------
    path : pathlib.Path
        The file; an old one is replaced.
    contents : Contents
        The layers, of weights that are shared already: at most 255 distinct values besides 0 in a
        convolution, 15 in a fully connected layer. Names and ReLU are not written.
    shapes : sequence of LayerShape, optional
        The layers in the order of the file.

    Raises
    ------
    InputError
        The layers do not match their shapes, have too many distinct values, or numbers that are
        not finite or not exact in float32; or the file cannot be written.
    """
    convolutions, layers = iter(contents.convolutions), iter(contents.layers)
    counts: list[int] = []
    parts: list[bytes] = []
    kinds = [shape.kind for shape in shapes]
    given = (len(contents.convolutions), len(contents.layers))
    if given != (kinds.count("conv"), kinds.count("fc")):
        raise InputError(
            f"there must be {kinds.count('conv')} convolutions and {kinds.count('fc')} fully "
            f"connected layers, not {given[0]} and {given[1]}: give those of the description"
        )
    for shape in shapes:
        layer = next(convolutions if shape.kind == "conv" else layers)
        count, part = _encode(shape, layer.weights, layer.bias)
        counts.append(count)
        parts.append(part)
    write_file(path, np.array(counts, dtype="<u4").tobytes() + b"".join(parts))


def _damaged(what: str) -> InputError:
    """Return the error of a file that is not what it should be."""
    return InputError(f"{what}: the file is damaged, or of another network")


def _decode(shape: LayerShape, count: int, data: bytes) -> tuple[Float32Array, Float32Array]:
    """Give weights and biases of a layer that is stored in some bytes."""
    if len(data) < shape.stored_bytes(count):
        raise _damaged(f"must not end in layer {shape.name!r}")
    floats = np.frombuffer(data, "<f4", shape.entries + shape.shape[0]).astype(np.float32)
    codebook, bias = floats[: shape.entries], floats[shape.entries :]
    check_finite(codebook, f"codebook values of layer {shape.name!r}")
    check_finite(bias, f"biases of layer {shape.name!r}")
    if codebook[0] != 0:
        raise _damaged(f"codebook of layer {shape.name!r} must begin with 0, not {codebook[0]}")
    stored = np.frombuffer(data, dtype=np.uint8, offset=4 * floats.size)
    code_bytes = -(-count * CODE_BITS[shape.kind] // 8)
    codes = stored[:code_bytes]
    if shape.kind == "fc":
        codes = _split(codes, count, shape.name)
    zeros = _split(stored[code_bytes:], count, shape.name)
    positions = np.cumsum(zeros + np.int64(1)) - 1
    weights = np.zeros(prod(shape.shape), dtype=np.float32)
    if count and positions[-1] >= weights.size:
        raise _damaged(
            f"positions of layer {shape.name!r} must be below {weights.size}, not {positions[-1]}"
        )
    weights[positions] = codebook[codes]
    return weights.reshape(shape.shape), bias


def _encode(
    shape: LayerShape, weights: NDArray[np.floating], bias: NDArray[np.floating]
) -> tuple[int, bytes]:
    """Give the number of stored weights of a layer, and its bytes."""
    if weights.shape != shape.shape or bias.shape != shape.shape[:1]:
        raise InputError(
            f"layer {shape.name!r} must have weights of shape {shape.shape} and {shape.shape[0]} "
            f"biases, not {weights.shape} and {bias.shape}: check the order of the layers"
        )
    flat = _float32(weights, f"weights of layer {shape.name!r}").ravel()
    biases = _float32(bias, f"biases of layer {shape.name!r}")
    positions = np.flatnonzero(flat)
    values = np.unique(flat[positions])
    if values.size >= shape.entries:
        raise InputError(
            f"weights of layer {shape.name!r} must have at most {shape.entries - 1} distinct "
            f"values besides 0, not {values.size}: share them first"
        )
    codebook = np.zeros(shape.entries, dtype="<f4")
    codebook[1 : values.size + 1] = values
    gaps = np.diff(positions, prepend=-1) - 1
    places = np.cumsum(gaps // (MAX_ZEROS + 1) + 1) - 1
    stored = int(places[-1]) + 1 if places.size else 0
    codes = np.zeros(stored, dtype=np.uint8)
    zeros = np.full(stored, MAX_ZEROS, dtype=np.uint8)
    codes[places] = np.searchsorted(values, flat[positions]) + 1
    zeros[places] = gaps % (MAX_ZEROS + 1)
    if stored % 2:
        codes, zeros = _with_filler(codes, zeros, at_end=positions[-1] + 1 < flat.size)
    packed_codes = codes if shape.kind == "conv" else _join(codes)
    parts = (codebook, biases.astype("<f4"), packed_codes, _join(zeros))
    return codes.size, b"".join(part.tobytes() for part in parts)


def _float32(values: NDArray[np.floating], what: str) -> Float32Array:
    """Convert numbers to float32 where that changes none of them."""
    check_finite(values, what)
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float32)
    if not np.array_equal(narrow, values):
        raise InputError(f"{what} must be exact in float32, not {values.dtype}: round them first")
    return narrow


def _with_filler(codes: Bytes, zeros: Bytes, *, at_end: bool) -> tuple[Bytes, Bytes]:
    """Add a filler behind the last weight, or else in the last gap; none where there is no gap."""
    if at_end:
        return np.append(codes, np.uint8(0)), np.append(zeros, np.uint8(0))
    gaps = np.flatnonzero(zeros)
    if not gaps.size:
        return codes, zeros
    place = int(gaps[-1])
    zeros = np.insert(zeros, place, zeros[place] - 1)
    zeros[place + 1] = 0
    return np.insert(codes, place, 0), zeros


def _split(pairs: Bytes, count: int, name: str) -> Bytes:
    """Take numbers of 4 bits out of bytes."""
    halves = np.stack((pairs & 15, pairs >> 4), axis=1).astype(np.uint8).ravel()
    if halves[count:].any():
        raise _damaged(f"the unused half byte of layer {name!r} must be 0, not {halves[count]}")
    return halves[:count]


def _join(halves: Bytes) -> Bytes:
    """Put numbers of 4 bits into bytes."""
    even = np.append(halves, np.uint8(0)) if halves.size % 2 else halves
    return (even[0::2] | even[1::2] << 4).astype(np.uint8)
