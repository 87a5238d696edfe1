"""A network for another array: the same numbers, dealt out to other PEs and other memories."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import FloatArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.eie.compressor.assemble import assemble
from zskip.model.eie.config import RANGES, Config
from zskip.model.eie.encoding import decode
from zskip.model.eie.fit import requirements
from zskip.model.eie.network import Network

ENCODED_BY = ("pe_count", "register_depth", "balanced_rows", "weight_bits", "run_bits")
"""Fields that decide how a network is encoded and in which order its rows stand."""

ACCUMULATORS = 4096
"""Accumulators of the paper's array, all PEs together."""


def build(
    layers: Sequence[FixedLayer],
    config: Config,
    *,
    calibration: FloatArray | None = None,
    input_scale: float = 1.0,
) -> Network:
    """Encode layers for an array, with codebooks of its size.

    Parameters
    ----------
    layers : sequence of FixedLayer
        From input to output, at least one; sizes and scales chain.
    config : Config
        The array.
    calibration : ndarray of float64, shape (n, inputs), optional
        Typical inputs as users give them, for balanced rows.
    input_scale : float, optional
        Factor from the inputs that users give to the real inputs of the first layer.

    Returns
    -------
    Network
        Its `check` is still to be done.

    Raises
    ------
    InputError
        A layer has more shared weights than the configuration's codebook holds.
    """
    fixed = [replace(layer, codebook=_codebook(layer, config)) for layer in layers]
    return assemble(fixed, config, calibration, input_scale)


def fixed_layers(network: Network) -> list[FixedLayer]:
    """Return the layers of a network in the order of their source; the inverse of `build`.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Returns
    -------
    list of FixedLayer
        Outputs that are never computed have neither weights nor bias here.
    """
    layers = []
    for index, layer in enumerate(network.layers):
        codes = np.zeros(layer.source_shape, dtype=np.uint8)
        codes[np.ix_(layer.rows, network.columns(index))] = decode(layer.matrix)
        bias = np.zeros(layer.source_shape[0], dtype=np.int64)
        bias[layer.rows] = layer.bias
        layers.append(
            FixedLayer(
                name=layer.name,
                codes=codes,
                codebook=layer.codebook,
                bias=bias,
                relu=layer.relu,
                scale=layer.scale,
            )
        )
    return layers


def recode(network: Network, config: Config) -> Network:
    """Encode a network for another configuration.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    config : Config
        The other array.

    Returns
    -------
    Network
        It need not fit the configuration.

    Raises
    ------
    InputError
        The configuration's codebook is smaller, or its accumulators too narrow for the biases.
    """
    if network.config == config:
        return network
    if all(getattr(network.config, name) == getattr(config, name) for name in ENCODED_BY):
        result = replace(network, config=config)
        result.check()
        return result
    built = build(fixed_layers(network), config, input_scale=network.input_scale)
    result = replace(built, ending=network.ending)
    result.check()
    return result


def with_accumulators(config: Config, outputs: int, keep: Collection[str] = ()) -> Config:
    """Give an array of few PEs as many accumulators in all as the paper's array has.

    A layer then takes no more passes than there, however few PEs there are.

    Parameters
    ----------
    config : Config
        The array.
    outputs : int
        Outputs of its longest layer; there need not be more accumulators than that.
    keep : collection of str, optional
        Fields that stay as they are.

    Returns
    -------
    Config
    """
    depth = -(-min(outputs, ACCUMULATORS) // config.pe_count)
    if "register_depth" in keep or config.register_depth >= depth:
        return config
    return config.replace(register_depth=depth)


def with_memories(network: Network, keep: Collection[str] = ()) -> Config:
    """Return a network's configuration with every memory large enough for it.

    Parameters
    ----------
    network : Network
        A network that passes its `check` but need not fit.
    keep : collection of str, optional
        Fields that stay as they are.

    Returns
    -------
    Config
        No field is smaller than before, or larger than a configuration may have it: what needs
        more than that still does not fit.
    """
    config = network.config
    changes = {}
    for name, needed in requirements(network).items():
        enlarged = min(needed, RANGES[name][1])
        if name not in keep and enlarged > getattr(config, name):
            changes[name] = enlarged
    return config.replace(**changes)


def _codebook(layer: FixedLayer, config: Config) -> NDArray[np.int64]:
    """Return a layer's codebook, filled up with zeros to the size of the configuration's."""
    used = 1 + int(np.max(layer.codes, initial=0))
    if used > config.codebook_size:
        raise InputError(
            f"layer {layer.name!r} must have at most {config.codebook_size} shared weights, the "
            f"zero included, not {used}: set weight_bits={(used - 1).bit_length()}"
        )
    codebook = np.zeros(config.codebook_size, dtype=np.int64)
    kept = layer.codebook[: config.codebook_size]
    codebook[: kept.size] = kept
    return codebook
