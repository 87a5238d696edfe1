"""Networks that a bench measures: the paper's layers, or one of the user's."""

import zipfile
from collections.abc import Collection, Sequence
from dataclasses import fields
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from zskip.files.inputs import read_inputs
from zskip.files.network import MANIFEST, load
from zskip.files.weights import read_weights
from zskip.flow.progress import Progress
from zskip.model.common.benchmark import BenchmarkLayer, draw, make
from zskip.model.common.compress import compress
from zskip.model.common.errors import InputError
from zskip.model.eie.compressor.recode import moved, recode, with_accumulators, with_memories
from zskip.model.eie.config import PAPER, RANGES, Config
from zskip.model.eie.network import Network

ROOMY = {"spmat_depth", "pointer_depth", "bias_depth", "activation_depth", "pass_count"}
"""Memories whose depths change no cycle count, and so are enlarged to hold what is measured."""


Pair = tuple[Network, NDArray[np.int64]]


def paper_networks(
    layers: Sequence[BenchmarkLayer],
    config: Config,
    seed: int,
    keep: Collection[str],
    progress: Progress,
) -> list[Pair]:
    """Draw the paper's layers."""
    pairs = []
    wide = with_accumulators(config, max(layer.outputs for layer in layers), keep)
    with progress("drawing the layers", len(layers)) as advance:
        for layer in layers:
            drawn = draw(layer, seed, config.codebook_size)
            pairs.append((make(layer, wide, seed, drawn), drawn.activations))
            advance(1)
    return pairs


def own_network(
    weights: Path,
    inputs: str | PathLike[str] | None,
    count: int | None,
    input_scale: float,
    config: Config | None,
    keep: Collection[str],
    progress: Progress,
) -> Pair:
    """Read a network and its inputs, and encode it for the configuration."""
    if inputs is None:
        raise InputError("--inputs must be given with --weights: add a file of typical inputs")
    if _is_compressed(weights):
        if input_scale != 1.0:
            raise InputError(
                "--input-scale must be given with float weights only, as a compressed network has "
                "its own: leave it out"
            )
        network, given = load(weights), read_inputs(Path(inputs), count=count).values
        if config is not None:
            network = recode(network, config)
    else:
        floats = read_weights(weights)
        given = read_inputs(Path(inputs), count=count).values
        roomy = _roomiest(config or PAPER, keep)
        with progress("compressing the network", len(floats)) as advance:
            network = compress(
                floats, roomy, calibration=given, input_scale=input_scale, on_progress=advance
            ).network
        network = _with_depths(network, config or PAPER)
    return network, network.quantize_inputs(given)


def _is_compressed(path: Path) -> bool:
    """Tell whether a file is a compressed network."""
    try:
        with zipfile.ZipFile(path) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        # Whoever reads the file as weights says what is wrong with it.
        return False


def _roomiest(config: Config, keep: Collection[str]) -> Config:
    """Return a configuration whose memories are as large as a configuration may have them."""
    return config.replace(**{name: RANGES[name][1] for name in ROOMY - set(keep)})


def _with_depths(network: Network, config: Config) -> Network:
    """Return a network with the memory depths of a configuration, whether it fits or not."""
    depths = {name: getattr(config, name) for name in ROOMY}
    return moved(network, network.config.replace(**depths))


def on_one_array(pairs: list[Pair], keep: Collection[str]) -> tuple[Config, list[Pair]]:
    """Return the smallest array that holds every network, and the networks on it."""
    merged = pairs[0][0].config
    for network, _ in pairs:
        large = with_memories(network, keep)
        names = [field.name for field in fields(large)]
        merged = merged.replace(
            **{name: max(getattr(merged, name), getattr(large, name)) for name in names}
        )
    return merged, [(moved(network, merged), given) for network, given in pairs]
