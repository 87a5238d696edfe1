"""Manifest of a compressed network file: what the file is, its configuration, its layers."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from zskip.engines import ENGINES, engine, layer_format
from zskip.files.layer_format import LayerManifest
from zskip.files.packed import ARRAYS
from zskip.model.common import version
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.network import Network
from zskip.model.common.scale import LayerScale

T = TypeVar("T")

FORMAT = "zskip-network"
"""Name of the format."""

VERSION = 3
"""Version of the format that is written, and the only one that is read."""

MAX_SOURCE = 2**31
"""Outputs and inputs of a layer in its source at most."""

HUFFMAN = "huffman"
"""Value of ``coding`` in the manifest of a file with Huffman codes; others have none."""

_OPTIONAL = ("coding", "ending", ARRAYS)
_SIZES = ("outputs", "inputs", "source_outputs", "source_inputs")
_FRACTIONS = ("input_fraction", "weight_fraction", "output_fraction")

CURE = "compress the network again, or use the zskip that wrote the file"
"""What to do about a file of another version."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Description of a compressed network file.

    Parameters
    ----------
    config : EngineConfig
        The configuration, and with it the engine.
    input_scale : float
        Factor from the inputs that users give to the network's own.
    layers : tuple of LayerManifest
        From input to output.
    huffman : bool
        Whether the weights are Huffman coded.
    ending : str or None
        Operation behind the last layer of the source, where there is one.
    """

    config: EngineConfig
    input_scale: float
    layers: tuple[LayerManifest, ...]
    huffman: bool = False
    ending: str | None = None

    @classmethod
    def of(cls, network: Network[Any, Any], *, huffman: bool = False) -> "Manifest":
        """Describe a network, and how its file is coded."""
        describe = layer_format(network.config.ENGINE).describe
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
                    own=describe(layer),
                    relu=layer.relu,
                    scale=layer.scale,
                )
                for layer in network.layers
            ),
            huffman=huffman,
            ending=network.ending,
        )

    def to_json(self, arrays: Mapping[str, object] | None = None) -> str:
        """Return the manifest as a JSON document, without a space where it lists packed arrays."""
        document = {
            "format": FORMAT,
            "version": VERSION,
            "zskip": version.VERSION,
            "engine": self.config.ENGINE,
            **({"coding": HUFFMAN} if self.huffman else {}),
            **({} if self.ending is None else {"ending": self.ending}),
            "configuration": asdict(self.config),
            "input_scale": self.input_scale,
            "layers": [_entry(layer) for layer in self.layers],
        }
        if arrays is not None:
            return json.dumps({**document, ARRAYS: arrays}, allow_nan=False, separators=(",", ":"))
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
        known = {"format": [FORMAT], "version": [VERSION], "engine": list(ENGINES)}
        for name, readable in known.items():
            given = document.get(name)
            if type(given) is not type(readable[0]) or given not in readable:
                raise InputError(
                    f"the file's {name} must be {' or '.join(map(repr, readable))}, the one that "
                    f"this zskip reads, not {given!r}: {CURE}"
                )
        name = _value(document, "engine", str, "the manifest")
        huffman = "coding" in document
        if huffman and document["coding"] != HUFFMAN:
            raise InputError(
                f"the file's coding must be {HUFFMAN!r}, the one that this zskip reads, or none, "
                f"not {document['coding']!r}: use the zskip that wrote the file"
            )
        _check_keys(
            {name: value for name, value in document.items() if name not in _OPTIONAL},
            {"format", "version", "zskip", "engine", "configuration", "input_scale", "layers"},
            "the manifest",
        )
        config = _config(_mapping(document["configuration"], "the configuration"), name)
        scale = _value(document, "input_scale", float, "the manifest")
        entries = _value(document, "layers", list, "the manifest")
        if not entries:
            raise InputError("a network must have at least one layer, not none")
        own = layer_format(name)
        layers = tuple(_layer(entry, number, own.fields) for number, entry in enumerate(entries))
        for layer in layers:
            _check_bounds(layer)
            own.check(layer, config)
        ending = _value(document, "ending", str, "the manifest") if "ending" in document else None
        return cls(config=config, input_scale=scale, layers=layers, huffman=huffman, ending=ending)


def _entry(layer: LayerManifest) -> dict[str, object]:
    """Return a layer as the document has it."""
    entry = asdict(layer)
    sizes = {name: entry[name] for name in _SIZES}
    return {"name": layer.name, **sizes, **layer.own, "relu": layer.relu, **asdict(layer.scale)}


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
        has = "have" if key in expected else "not have"
        raise InputError(f"{what} must {has} {key!r}: {CURE}")


def _value(mapping: Mapping[str, object], key: str, kind: type[T], what: str) -> T:
    """Return a value that must be of one type; True is no integer."""
    value = mapping[key]
    if type(value) is bool is not kind or not isinstance(value, kind):
        raise InputError(f"{key} of {what} must be of type {kind.__name__}, not {value!r}")
    return value


def _config(mapping: Mapping[str, object], name: str) -> EngineConfig:
    """Make a configuration of an engine, which checks its own fields."""
    kind = type(engine(name).default)
    names = [field.name for field in fields(kind)]
    _check_keys(mapping, set(names), "the configuration")
    return kind(**{key: _value(mapping, key, int, "the configuration") for key in names})


def _layer(entry: object, number: int, own: Mapping[str, type[int] | type[str]]) -> LayerManifest:
    """Make the description of a layer."""
    what = f"layer {number}"
    mapping = _mapping(entry, what)
    _check_keys(mapping, {"name", "relu", *_SIZES, *own, *_FRACTIONS}, what)
    return LayerManifest(
        name=_value(mapping, "name", str, what),
        **{key: _value(mapping, key, int, what) for key in _SIZES},
        own={key: _value(mapping, key, kind, what) for key, kind in own.items()},
        relu=_value(mapping, "relu", bool, what),
        scale=LayerScale(**{key: _value(mapping, key, int, what) for key in _FRACTIONS}),
    )


def _check_bounds(layer: LayerManifest) -> None:
    """Check the sizes of a layer, as far as they are the same for every engine."""
    sizes = (layer.outputs, layer.inputs)
    if min(sizes) < 1:
        raise InputError(f"layer {layer.name!r} must have outputs and inputs, not {sizes}")
    source = (layer.source_outputs, layer.source_inputs)
    if source[0] < sizes[0] or source[1] < sizes[1] or max(source) > MAX_SOURCE:
        raise InputError(
            f"layer {layer.name!r} must have at least {sizes} and at most {MAX_SOURCE} outputs and "
            f"inputs in its source, not {source}"
        )
