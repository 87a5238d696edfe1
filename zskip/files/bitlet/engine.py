"""Layers of a Bitlet network in a file: the numbers that the weights are.

``weights``, shape (outputs, inputs): int8, int16 or int32, the smallest that holds the layer's
precision, or float16 or float32. Huffman coded, the bytes of each, as far as the precision has
bits, are streams in its place, the lowest first (`zskip.files.coded_stream`): ``weights0``,
``weights1`` and so on.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zskip.files.coded_stream import Stream, coded
from zskip.files.layer_format import ArrayKind, Arrays, LayerFormat, LayerManifest, Read
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.network import Layer
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray, wrap
from zskip.model.common.fixed_layer import integer_type
from zskip.model.common.floats import FloatFormat
from zskip.model.common.precision import Precision

_BYTE = np.dtype(np.uint8)
_BYTE_BITS = 8


class BitletFormat(LayerFormat[Config, Layer]):
    """Weights as integers or floating-point numbers."""

    layer = Layer
    fields: ClassVar = {"precision": str, "mask_lanes": int}

    def describe(self, layer: Layer) -> dict[str, int | str]:
        """Return the precision and the lanes that are off."""
        return {"precision": layer.precision.name, "mask_lanes": layer.mask_lanes}

    def number(self, layer: LayerManifest) -> FloatFormat | None:
        """Return the floating-point format of a layer; None for integers."""
        return _precision(layer).floating

    def check(self, layer: LayerManifest, config: Config) -> None:
        """Check precision and sizes against the limits of the array."""
        number = _precision(layer).floating
        places = 1 if number is None else number.bits // ACTIVATION_BITS
        limit = config.vector_depth // places
        sizes = (layer.outputs, layer.inputs)
        if max(sizes) > limit:
            raise InputError(
                f"layer {layer.name!r} must have 1 to {limit} outputs and inputs, the limit of its "
                f"configuration, not {sizes}: compress the network again"
            )

    def arrays(self, layer: Layer, config: Config, *, huffman: bool) -> Arrays:
        """Return the weights."""
        if not huffman:
            real = layer.matrix if layer.number is None else layer.number.values(layer.matrix)
            return {"weights": np.ascontiguousarray(real.astype(_stored_type(layer.precision)))}
        words = layer.matrix.astype(np.int64).ravel()
        places = range(_bytes(layer.precision))
        return {**coded({f"weights{n}": (words >> _BYTE_BITS * n).astype(_BYTE) for n in places})}

    def kinds(
        self, layer: LayerManifest, config: Config, names: Collection[str], *, huffman: bool
    ) -> dict[str, ArrayKind]:
        """Return the arrays that a layer must have."""
        if huffman:
            arrays = [name for stream in _streams(layer) for name in stream.arrays()]
            return dict.fromkeys(arrays, ArrayKind(None, (_BYTE,)))
        shape = (layer.outputs, layer.inputs)
        return {"weights": ArrayKind(shape, (_stored_type(_precision(layer)),))}

    def check_coded(
        self, layer: LayerManifest, config: Config, shapes: Mapping[str, tuple[int, ...]]
    ) -> int:
        """Check the sizes of all coded streams; return the number of their symbols."""
        streams = _streams(layer)
        for stream in streams:
            lengths, packed = stream.arrays()
            stream.check(shapes[lengths], shapes[packed])
        return sum(stream.count for stream in streams)

    def read(
        self,
        layer: LayerManifest,
        config: Config,
        names: Collection[str],
        read: Read,
        *,
        huffman: bool,
    ) -> dict[str, Any]:
        """Read the weights."""
        precision = _precision(layer)
        words = (_decoded if huffman else _plain)(layer, precision, read)
        kind = integer_type(precision.bits)
        return {
            "matrix": words.astype(precision.floating.word_type if precision.floating else kind),
            "precision": precision,
            "twos_complement": bool(config.twos_complement) and precision.floating is None,
            "mask_lanes": layer.own["mask_lanes"],
        }


def _plain(layer: LayerManifest, precision: Precision, read: Read) -> NDArray[np.generic]:
    """Read weights as they are."""
    stored = read("weights")
    return stored if precision.floating is None else precision.floating.words(stored, "weights")


def _decoded(layer: LayerManifest, precision: Precision, read: Read) -> IntArray:
    """Decode the bytes of the weights."""
    words = np.zeros(layer.outputs * layer.inputs, dtype=np.int64)
    for place, stream in enumerate(_streams(layer)):
        words |= stream.decode(read).astype(np.int64) << _BYTE_BITS * place
    if precision.floating is None:
        words = wrap(words, _BYTE_BITS * _bytes(precision))
    return words.reshape(layer.outputs, layer.inputs)


def _streams(layer: LayerManifest) -> list[Stream]:
    """Return the streams of a coded layer."""
    count = layer.outputs * layer.inputs
    return [
        Stream(name=f"weights{place}", count=count, symbols=1 << _BYTE_BITS)
        for place in range(_bytes(_precision(layer)))
    ]


def _precision(layer: LayerManifest) -> Precision:
    """Return the precision of a layer."""
    try:
        return Precision.parse(layer.own["precision"])
    except InputError as error:
        raise InputError(f"layer {layer.name!r}: {error}") from None


def _bytes(precision: Precision) -> int:
    """Return the bytes that hold the bits of a weight."""
    return -(-precision.bits // _BYTE_BITS)


def _stored_type(precision: Precision) -> np.dtype[np.generic]:
    """Return the type of the weights in a file that is not coded."""
    number = precision.floating
    kind = integer_type(precision.bits) if number is None else np.dtype(number.name)
    return kind.newbyteorder("<")


ENGINE = BitletFormat()
