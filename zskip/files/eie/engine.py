"""Layers of an EIE network in a file: entries and column lengths, or Huffman coded gaps.

A plain layer has these arrays; in a coded one those of `zskip.files.eie.coding` stand in place of
the first two:

- ``entries``: ``run << weight_bits | code`` of every entry, one PE after the other, uint8 where
  that fits, uint16 otherwise;
- ``counts``, shape (pe_count, blocks * inputs): entries of each column of each block of rows, in
  the smallest unsigned type that holds them;
- ``codebook``, int16.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import numpy as np

from zskip.files.eie import coding
from zskip.files.layer_format import ArrayKind, Arrays, LayerFormat, LayerManifest, Read
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.gaps import LONG, to_gaps
from zskip.model.eie.network import Layer

_COUNT_TYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.uint32))
_CODEBOOK_TYPE = np.dtype(f"<i{CODEBOOK_BITS // 8}")


class EieFormat(LayerFormat[Config, Layer]):
    """Relative-indexed columns: packed entries and the length of every column of every PE."""

    layer = Layer
    fields: ClassVar = {"block_rows": int, "entries": int, "nonzeros": int, "gaps": int}

    def describe(self, layer: Layer) -> dict[str, int | str]:
        """Return the local rows of a block, the entries of all PEs, the weights and their gaps."""
        return {
            "block_rows": layer.matrix.block_rows,
            "entries": layer.matrix.codes.size,
            "nonzeros": layer.matrix.nonzeros,
            "gaps": to_gaps(layer.matrix)[1].size,
        }

    def check(self, layer: LayerManifest, config: Config) -> None:
        """Check sizes against the limits of the array."""
        sizes = (layer.outputs, layer.inputs)
        if max(sizes) > config.vector_depth:
            raise InputError(
                f"layer {layer.name!r} must have 1 to {config.vector_depth} outputs and inputs, "
                f"the limit of its configuration, not {sizes}"
            )
        rows, entries = layer.own["block_rows"], layer.own["entries"]
        if not 1 <= rows <= config.register_depth:
            raise InputError(
                f"blocks of layer {layer.name!r} must have 1 to {config.register_depth} rows, the "
                f"limit of its configuration, not {rows}"
            )
        if not 0 <= entries <= layer.outputs * layer.inputs:
            raise InputError(
                f"layer {layer.name!r} must have at most {layer.outputs * layer.inputs} entries, "
                f"not {entries}"
            )
        nonzeros, gaps = layer.own["nonzeros"], layer.own["gaps"]
        if not 0 <= nonzeros <= min(entries, gaps):
            raise InputError(
                f"layer {layer.name!r} must have at most as many weights as entries and gaps, not "
                f"{nonzeros} of {entries} and {gaps}"
            )
        if gaps > nonzeros + layer.outputs * layer.inputs // LONG:
            raise InputError(
                f"layer {layer.name!r} must have at most "
                f"{nonzeros + layer.outputs * layer.inputs // LONG} gaps, not {gaps}"
            )

    def arrays(self, layer: Layer, config: Config, *, huffman: bool) -> Arrays:
        """Return entries, column lengths and codebook."""
        weights = coding.code(layer.matrix) if huffman else _plain(layer.matrix, config)
        return {**weights, "codebook": layer.codebook.astype(_CODEBOOK_TYPE)}

    def kinds(
        self, layer: LayerManifest, config: Config, names: Collection[str], *, huffman: bool
    ) -> dict[str, ArrayKind]:
        """Return the arrays that a layer must have."""
        if huffman:
            coded = ArrayKind(None, (np.dtype(np.uint8),))
            streams = coding.streams(layer, config).values()
            kinds = {name: coded for stream in streams for name in stream.arrays()}
        else:
            columns = coding.blocks(layer, config) * layer.inputs
            kinds = {
                "entries": ArrayKind((layer.own["entries"],), (_entry_type(config),)),
                "counts": ArrayKind((config.pe_count, columns), _COUNT_TYPES),
            }
        return {**kinds, "codebook": ArrayKind((config.codebook_size,), (_CODEBOOK_TYPE,))}

    def check_coded(
        self, layer: LayerManifest, config: Config, shapes: Mapping[str, tuple[int, ...]]
    ) -> int:
        """Check the sizes of all coded streams; return the number of their symbols."""
        streams = coding.streams(layer, config).values()
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
        """Read matrix and codebook."""
        codebook = read("codebook").astype(np.int64)
        if huffman:
            matrix = coding.decode(layer, config, coding.streams(layer, config), read)
            return {"matrix": matrix, "codebook": codebook}
        packed = read("entries").astype(np.uint16)
        if np.any(packed >> config.entry_bits):
            raise InputError(
                f"entries must have {config.entry_bits} bits: compress the network again"
            )
        columns = coding.blocks(layer, config) * layer.inputs
        pointers = np.zeros((config.pe_count, columns + 1), dtype=np.int64)
        np.cumsum(read("counts"), axis=1, dtype=np.int64, out=pointers[:, 1:])
        matrix = EncodedMatrix(
            shape=(layer.outputs, layer.inputs),
            pe_count=config.pe_count,
            weight_bits=config.weight_bits,
            run_bits=config.run_bits,
            block_rows=layer.own["block_rows"],
            codes=(packed & (config.codebook_size - 1)).astype(np.uint8),
            runs=(packed >> config.weight_bits).astype(np.uint8),
            pointers=pointers,
        )
        return {"matrix": matrix, "codebook": codebook}


def _plain(matrix: EncodedMatrix, config: Config) -> Arrays:
    """Return entries and column lengths as they are."""
    counts = np.diff(matrix.pointers, axis=1)
    entries = matrix.runs.astype(np.uint16) << config.weight_bits | matrix.codes
    return {
        "entries": entries.astype(_entry_type(config)),
        "counts": counts.astype(_count_type(int(counts.max()))),
    }


def _entry_type(config: Config) -> np.dtype[np.generic]:
    """Return the type of packed entries."""
    return np.dtype(np.uint8 if config.entry_bits <= 8 else "<u2")


def _count_type(largest: int) -> np.dtype[np.generic]:
    """Return the smallest type that holds column counts."""
    fitting = [kind for kind in _COUNT_TYPES if largest <= np.iinfo(kind).max]
    return fitting[0].newbyteorder("<")


ENGINE = EieFormat()
