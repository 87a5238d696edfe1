"""Manifest of a compressed network file: what the file is, its configuration, its layers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TypeVar

import zskip
from zskip.model.common.errors import InputError
from zskip.model.eie.config import Config
from zskip.model.eie.network import Network

T = TypeVar("T")

FORMAT = "zskip-network"
"""Name of the format."""

VERSION = 2
"""Version of the format that is written, and the only one that is read."""

MAX_SOURCE = 2**31
"""Outputs and inputs of a layer in its source at most."""

ENGINE = "eie"
"""Engine that the networks are for."""

HUFFMAN = "huffman"
"""What ``coding`` says in the manifest of a file with Huffman codes; it is left out in others."""


@dataclass(frozen=True, kw_only=True)
class LayerManifest:
    """What the manifest says of a layer.

    Parameters
    ----------
    name : str
        The layer's name in its source.
    outputs, inputs : int
        Size of the matrix.
    source_outputs, source_inputs : int
        Size of the layer in its source, at least as large.
    block_rows : int
        Local rows of a block of the matrix.
    entries : int
        Entries of all PEs, padding included.
    relu : bool
        Whether negative outputs become 0.
    input_fraction, weight_fraction, output_fraction : int
        Scales.
    """

    name: str
    outputs: int
    inputs: int
    source_outputs: int
    source_inputs: int
    block_rows: int
    entries: int
    relu: bool
    input_fraction: int
    weight_fraction: int
    output_fraction: int

    def blocks(self, config: Config) -> int:
        """Return the blocks of rows of the matrix."""
        return -(-self.outputs // (config.pe_count * self.block_rows))


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a compressed network file says of itself.

    Parameters
    ----------
    config : Config
        The array.
    input_scale : float
        Factor from the inputs that users give to the network's own.
    layers : tuple of LayerManifest
        From input to output.
    huffman : bool
        Whether entries and column lengths are Huffman coded.
    """

    config: Config
    input_scale: float
    layers: tuple[LayerManifest, ...]
    huffman: bool = False

    @classmethod
    def of(cls, network: Network, *, huffman: bool = False) -> "Manifest":
        """Describe a network, and how its file is coded."""
        return cls(
            config=network.config,
            input_scale=float(network.input_scale),
            layers=tuple(
                LayerManifest(
                    name=layer.name,
                    outputs=layer.outputs,
                    inputs=layer.inputs,
                    source_outputs=layer.source_shape[0],
                    source_inputs=layer.source_shape[1],
                    block_rows=layer.matrix.block_rows,
                    entries=layer.matrix.codes.size,
                    relu=layer.relu,
                    input_fraction=layer.input_fraction,
                    weight_fraction=layer.weight_fraction,
                    output_fraction=layer.output_fraction,
                )
                for layer in network.layers
            ),
            huffman=huffman,
        )

    def to_json(self) -> str:
        """Return the manifest as a JSON document."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "zskip": zskip.__version__,
            "engine": ENGINE,
            **({"coding": HUFFMAN} if self.huffman else {}),
            "configuration": asdict(self.config),
            "input_scale": self.input_scale,
            "layers": [asdict(layer) for layer in self.layers],
        }
        return json.dumps(document, allow_nan=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        """Read a manifest from a JSON document.

        Raises
        ------
        InputError
            Names the first thing that is not as it must be.
        """
        document = _parse(text)
        for name, expected in (("format", FORMAT), ("version", VERSION), ("engine", ENGINE)):
            given = document.get(name)
            if type(given) is not type(expected) or given != expected:
                raise InputError(
                    f"the file's {name} must be {expected!r}, the one that this zskip reads, not "
                    f"{given!r}: compress the network again, or use the zskip that wrote the file"
                )
        huffman = "coding" in document
        if huffman and document["coding"] != HUFFMAN:
            raise InputError(
                f"the file's coding must be {HUFFMAN!r}, the one that this zskip reads, or none, "
                f"not {document['coding']!r}: use the zskip that wrote the file"
            )
        _check_keys(
            {name: value for name, value in document.items() if name != "coding"},
            {"format", "version", "zskip", "engine", "configuration", "input_scale", "layers"},
            "the manifest",
        )
        config = _config(_mapping(document["configuration"], "the configuration"))
        scale = _value(document, "input_scale", float, "the manifest")
        entries = _value(document, "layers", list, "the manifest")
        if not entries:
            raise InputError("a network must have at least one layer, not none")
        layers = tuple(_layer(entry, number) for number, entry in enumerate(entries))
        for layer in layers:
            _check_bounds(layer, config)
        return cls(config=config, input_scale=scale, layers=layers, huffman=huffman)


def _parse(text: bytes) -> Mapping[str, object]:
    """Parse a JSON document that must be a mapping."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError("the manifest must be a JSON document: compress again") from None
    return _mapping(document, "the manifest")


def _mapping(value: object, what: str) -> Mapping[str, object]:
    """Return a value that must be a mapping."""
    if not isinstance(value, dict):
        raise InputError(f"{what} must be a mapping, not {type(value).__name__}")
    return value


def _check_keys(mapping: Mapping[str, object], expected: set[str], what: str) -> None:
    """Check that a mapping has exactly the keys it must have."""
    for key in sorted(expected ^ mapping.keys()):
        raise InputError(f"{what} must {'have' if key in expected else 'not have'} {key!r}")


def _value(mapping: Mapping[str, object], key: str, kind: type[T], what: str) -> T:
    """Return a value that must be of one type; True is no integer."""
    value = mapping[key]
    if type(value) is bool is not kind or not isinstance(value, kind):
        raise InputError(f"{key} of {what} must be of type {kind.__name__}, not {value!r}")
    return value


def _config(mapping: Mapping[str, object]) -> Config:
    """Make a configuration, which checks its own fields."""
    names = [field.name for field in fields(Config)]
    _check_keys(mapping, set(names), "the configuration")
    return Config(**{name: _value(mapping, name, int, "the configuration") for name in names})


def _layer(entry: object, number: int) -> LayerManifest:
    """Make the description of a layer."""
    what = f"layer {number}"
    mapping = _mapping(entry, what)
    _check_keys(mapping, {field.name for field in fields(LayerManifest)}, what)
    return LayerManifest(
        name=_value(mapping, "name", str, what),
        outputs=_value(mapping, "outputs", int, what),
        inputs=_value(mapping, "inputs", int, what),
        source_outputs=_value(mapping, "source_outputs", int, what),
        source_inputs=_value(mapping, "source_inputs", int, what),
        block_rows=_value(mapping, "block_rows", int, what),
        entries=_value(mapping, "entries", int, what),
        relu=_value(mapping, "relu", bool, what),
        input_fraction=_value(mapping, "input_fraction", int, what),
        weight_fraction=_value(mapping, "weight_fraction", int, what),
        output_fraction=_value(mapping, "output_fraction", int, what),
    )


def _check_bounds(layer: LayerManifest, config: Config) -> None:
    """Check that what the sizes imply can be held by the configuration's memories."""
    sizes = (layer.outputs, layer.inputs)
    if min(sizes) < 1 or max(sizes) > config.vector_depth:
        raise InputError(
            f"layer {layer.name!r} must have 1 to {config.vector_depth} outputs and inputs, the "
            f"limit of its configuration, not {sizes}"
        )
    source = (layer.source_outputs, layer.source_inputs)
    if source[0] < sizes[0] or source[1] < sizes[1] or max(source) > MAX_SOURCE:
        raise InputError(
            f"layer {layer.name!r} must have at least {sizes} and at most {MAX_SOURCE} outputs and "
            f"inputs in its source, not {source}"
        )
    if not 1 <= layer.block_rows <= config.register_depth:
        raise InputError(
            f"blocks of layer {layer.name!r} must have 1 to {config.register_depth} rows, the "
            f"limit of its configuration, not {layer.block_rows}"
        )
    if not 0 <= layer.entries <= layer.outputs * layer.inputs:
        raise InputError(
            f"layer {layer.name!r} must have at most {layer.outputs * layer.inputs} entries, "
            f"not {layer.entries}"
        )
