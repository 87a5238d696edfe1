"""Layers of the minimal engine in a file: the weights as they are."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

import numpy as np
from dot_model import Config, Layer

from zskip.files.layer_format import ArrayKind, Arrays, LayerFormat, LayerManifest, Read
from zskip.model.common.errors import InputError

INT16 = np.dtype("<i2")


class DotFormat(LayerFormat[Config, Layer]):
    """One array of weights."""

    layer = Layer
    fields: ClassVar = {}

    def describe(self, layer: Layer) -> dict[str, int | str]:
        """Add nothing to the sizes."""
        return {}

    def check(self, layer: LayerManifest, config: Config) -> None:
        """Refuse what no memory holds."""
        if layer.outputs * layer.inputs > config.weight_depth:
            raise InputError(f"layer {layer.name!r} must fit {config.weight_depth} words")

    def arrays(self, layer: Layer, config: Config, *, huffman: bool) -> Arrays:
        """Return the weights."""
        return {"values": layer.values.astype(INT16)}

    def kinds(
        self, layer: LayerManifest, config: Config, names: Collection[str], *, huffman: bool
    ) -> dict[str, ArrayKind]:
        """Return the kind of the weights."""
        return {"values": ArrayKind((layer.outputs, layer.inputs), (INT16,))}

    def check_coded(
        self, layer: LayerManifest, config: Config, shapes: Mapping[str, tuple[int, ...]]
    ) -> int:
        """Count no symbols: nothing is coded."""
        return 0

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
        return {"values": read("values").astype(np.int64)}


ENGINE = DotFormat()
