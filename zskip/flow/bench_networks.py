"""Networks that a bench measures: benchmark layers, or one of the user's."""

import zipfile
from collections.abc import Collection, Sequence
from os import PathLike
from typing import Any, NamedTuple

from zskip.engines import DEFAULT, engine_of
from zskip.engines import engine as find_engine
from zskip.files.formats.activations import Activations
from zskip.files.inputs import AnyInputs, read_inputs
from zskip.files.network import MANIFEST
from zskip.files.weights import AnyWeights, read_weights
from zskip.flow.clipping import clipped_note
from zskip.flow.compressed import Compressed
from zskip.flow.given import AnyNetwork, given_network
from zskip.flow.progress import Progress
from zskip.model.common.benchmark import BenchmarkLayer, draw
from zskip.model.common.compress import STAGES, compress
from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import Network


class Pair(NamedTuple):
    """A network and its input vectors.

    Parameters
    ----------
    network : Network
        The network.
    activations : ndarray of int64, shape (n, inputs)
        Its 16-bit inputs.
    """

    network: Network[Any, Any]
    activations: IntArray


def benchmark_networks(
    engine: Engine[Any, Any],
    layers: Sequence[BenchmarkLayer],
    config: EngineConfig,
    seed: int,
    keep: Collection[str],
    progress: Progress,
) -> list[Pair]:
    """Draw benchmark layers, each as a network of its own, with an input vector."""
    pairs = []
    roomy = engine.roomy(config, max(layer.outputs for layer in layers), keep)
    with progress("drawing the layers", len(layers)) as advance:
        for layer in layers:
            bits = min(config.value_bits, config.activation_bits)
            drawn = draw(layer, seed, config.codebook_size, bits)
            pairs.append(Pair(engine.encode((drawn.layer,), roomy), drawn.activations))
            advance(1)
    return pairs


def own_network(
    engine: str | None,
    weights: AnyWeights | AnyNetwork,
    inputs: AnyInputs | None,
    count: int | None,
    input_scale: float,
    activations: Activations | None,
    config: EngineConfig | None,
    progress: Progress,
) -> tuple[Pair, tuple[str, ...]]:
    """Take a network and its inputs, and encode it for the configuration; tell what to know."""
    if inputs is None:
        raise InputError("--inputs must be given with --weights: add a file of typical inputs")
    if is_compressed(weights):
        if input_scale != 1.0:
            raise InputError(
                "--input-scale must be given with float weights only, as a compressed network has "
                "its own: leave it out"
            )
        if activations is not None:
            raise InputError(
                "--activations must be given with float weights only, as a compressed network has "
                "its own: leave them out"
            )
        notes: tuple[str, ...] = ()
        with progress("reading", None):
            network = given_network(weights, engine if config is None else config.ENGINE)
            given = read_inputs(inputs, count=count).values
        if config is not None:
            network = engine_of(network.config).recode(network, config)
    else:
        with progress("reading", None):
            floats = read_weights(weights, activations)
            given = read_inputs(inputs, count=count).values
        notes = floats.notes
        chosen = config or find_engine(engine or DEFAULT).default
        with progress("compressing the network", len(floats) + STAGES) as advance:
            network = compress(
                engine_of(chosen),
                floats,
                chosen,
                calibration=given,
                input_scale=input_scale,
                must_fit=False,
                on_progress=advance,
            ).network
    notes = (*notes, *clipped_note(network, given))
    return Pair(network, network.quantize_inputs(given)), notes


def is_compressed(weights: AnyWeights | AnyNetwork) -> bool:
    """Tell whether a value or file is a compressed network."""
    if not isinstance(weights, str | PathLike):
        return isinstance(weights, Network | Compressed)
    try:
        with zipfile.ZipFile(weights) as archive:
            return MANIFEST in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        # Whoever reads the file as weights says what is wrong with it.
        return False


def on_one_block(
    engine: Engine[Any, Any], pairs: Sequence[Pair], keep: Collection[str]
) -> tuple[EngineConfig, list[Pair]]:
    """Return the smallest configuration that holds every network, and the networks on it."""
    merged = pairs[0].network.config
    for pair in pairs:
        needed = merged.changes_to(engine.enlarged(pair.network, keep))
        larger = {name: value for name, value in needed.items() if value > getattr(merged, name)}
        merged = merged.replace(**larger)
    return merged, [Pair(engine.recode(pair.network, merged), pair.activations) for pair in pairs]
