"""The N:M engine: its golden model behind the protocol that all engines share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.beat_tiles import TILE_WORD, reading_order
from zskip.model.common.counters import Counters, Run
from zskip.model.common.engine import Advance, Engine, StreamFormat, TileFormat, Work
from zskip.model.common.errors import InputError
from zskip.model.common.events import Events
from zskip.model.common.fit import MemoryFit, check_needs, enlarged, memory_fits
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.partial_sums import SumOrder
from zskip.model.common.precision import Precision
from zskip.model.common.program import Memory
from zskip.model.common.stream import LANES
from zskip.model.common.structure import Structure
from zskip.model.nm import accelerator, counters, fit, images, packets, passes, program, structure
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.cycles import layer_cycles
from zskip.model.nm.encoding import beats_needed, column_counts
from zskip.model.nm.events import layer_events
from zskip.model.nm.figures import LayerFigures, NetworkStorage, layer_figures, storage
from zskip.model.nm.network import Layer, Network, encode_weights

ENCODED_BY = ("n", "m", "weight_bits")
"""Fields that decide how a network is encoded."""


class Nm(Engine[Config, Network]):
    """Structured sparsity: at most n weights of each group of m are not zero."""

    name = "nm"
    title = "N:M array"
    configs: Mapping[str, Config] = NAMED
    shown: ClassVar[Mapping[str, str]] = {"beats": "beats", "macs": "MACs"}
    losses: ClassVar[Mapping[str, str]] = {}
    published: ClassVar = {}
    stream = StreamFormat(
        targets=packets.TARGETS,
        program={"First word": passes.PASS_WORD_0, "Second word": passes.PASS_WORD_1},
        central=counters.CENTRAL,
        per_pe=counters.PER_PE,
        meanings=counters.MEANINGS,
        tile=TileFormat(packets.TILE, TILE_WORD),
    )

    @property
    def benchmarked(self) -> Config:
        """The array of 1,024 multipliers: smaller ones cannot address the largest layer."""
        return NAMED["nm_2_4_large"]

    def encode(
        self,
        layers: Sequence[FixedLayer],
        config: Config,
        *,
        calibration: FloatArray | None = None,
        input_scale: float = 1.0,
    ) -> Network:
        """Encode every layer in as many beats as its fullest group takes."""
        encoded = []
        for layer in layers:
            try:
                matrix, codebook = encode_weights(layer.weights, config)
            except InputError as error:
                raise InputError(f"layer {layer.name!r}: {error}") from None
            encoded.append(
                Layer(
                    name=layer.name,
                    matrix=matrix,
                    codebook=codebook,
                    bias=layer.bias,
                    relu=layer.relu,
                    scale=layer.scale,
                )
            )
        return Network(config=config, layers=tuple(encoded), input_scale=input_scale)

    def sum_order(self, inputs: int, config: Config) -> SumOrder:
        """Take the columns of a word of activations together, whichever beats they come in."""
        return SumOrder(np.arange(inputs), config.window)

    def recode(self, network: Network, config: Config) -> Network:
        """Encode a network for another array, anew only where the encoding differs."""
        given = network.config
        if config.activation_bits < given.activation_bits:
            raise InputError(
                f"activation_bits must be at least {given.activation_bits}, which the network's "
                f"scales are for, not {config.activation_bits}: compress the float network for it"
            )
        layers = network.layers
        if any(getattr(given, name) != getattr(config, name) for name in ENCODED_BY):
            layers = tuple(_recoded(layer, config) for layer in layers)
        result = replace(network, config=config, layers=layers)
        result.check()
        return result

    def fit(self, network: Network) -> tuple[MemoryFit, ...]:
        """Return how much of each memory a network takes."""
        return memory_fits(fit.needs(network), network.config)

    def check_fit(self, network: Network) -> None:
        """Check that a network fits its array."""
        check_needs(fit.needs(network), network.config)

    def roomy(self, config: Config, outputs: int, keep: Collection[str]) -> Config:
        """Change nothing: a layer is always one pass."""
        return config

    def enlarged(self, network: Network, keep: Collection[str]) -> Config:
        """Return a network's configuration with every memory large enough for it."""
        return enlarged(fit.needs(network), network.config, keep)

    def figures(self, layer: Layer, config: Config) -> LayerFigures:
        """Count the slots and bytes of a layer."""
        return layer_figures(layer, config)

    def storage(self, network: Network) -> NetworkStorage:
        """Count the bytes in storage."""
        return storage(network)

    def run(
        self, network: Network, activations: IntArray, *, on_progress: Advance | None = None
    ) -> Run:
        """Compute a network beat by beat."""
        return accelerator.run(network, activations, on_progress=on_progress)

    def timing(
        self, network: Network, run: Run, *, on_progress: Advance | None = None
    ) -> tuple[tuple[Counters, ...], ...]:
        """Add the cycles, which depend on nothing but the sizes and beats."""
        layers = []
        for index, (layer, done) in enumerate(zip(network.layers, run.layers, strict=True)):
            beats = fit.layer_beats(layer, network.config)
            cycles = np.full(len(run.inputs), layer_cycles(beats, network.config, first=index == 0))
            layers.append((done.passes[0] | Counters(central={"cycles": cycles}),))
            if on_progress is not None:
                on_progress(len(run.inputs))
        return tuple(layers)

    def work(self, layer: Layer, activations: IntArray, counters: Counters, config: Config) -> Work:
        """Count the products of two factors that are not zero."""
        macs = (activations != 0) @ column_counts(layer.matrix)
        return Work(macs, macs / config.multipliers)

    def events(
        self, layer: Layer, activations: IntArray, counters: Counters, config: Config
    ) -> Events:
        """Take the beats, and what follows from the sizes."""
        blocks, words, _ = fit.beat_shape(layer, config)
        return layer_events(blocks, blocks * words, counters, config)

    def activations_read(self, shape: tuple[int, int], config: Config) -> int:
        """Count the words that all rows share, once for each block of rows, whatever the beats."""
        blocks = -(-shape[0] // config.pe_count)
        return blocks * -(-shape[1] // config.window) * config.window

    def weight_cycles(
        self,
        weights: NDArray[np.integer[Any]],
        activations: IntArray,
        config: Config,
        *,
        precision: Precision | None = None,
        first: bool,
        last: bool,
        on_progress: Advance | None = None,
    ) -> IntArray:
        """Compute the cycles of a layer from its fullest group."""
        beats = beats_needed(weights != 0, config.n, config.m)
        blocks = -(-weights.shape[0] // config.pe_count)
        beats *= blocks * -(-weights.shape[1] // config.window)
        if on_progress is not None:
            on_progress(len(activations))
        return np.full(len(activations), layer_cycles(beats, config, first=first))

    def plan(self, network: Network, *, trace: bool = False) -> program.Program:
        """Place a network in the memories of its array."""
        return program.plan(network, trace=trace)

    def input_words(self, network: Network, activations: IntArray) -> NDArray[np.uint64]:
        """Return the packet that loads an input vector."""
        return packets.input_packet(activations)

    def memories(self, config: Config) -> list[Memory]:
        """Return the SRAMs that a program fills."""
        return images.memories(config)

    def structure(self, config: Config) -> Structure:
        """Return its memories, and the sizes that its logic grows with."""
        return structure.structure(config)

    def pass_words(self, config: Config) -> int:
        """Return the program words of a pass, its codebook included."""
        return passes.pass_words(config)

    def describe_program(self, config: Config) -> str:
        """Tell how a pass stands in the program memory."""
        tail = "an empty one"
        if config.shares_weights:
            tail = (
                f"its codebook of {config.codebook_size} values of 16 bits, {LANES} to a word, the "
                "first in the lowest bits. The first value must be 0"
            )
        return (
            f"A layer is one pass. A pass takes {self.pass_words(config)} program words: "
            f"{passes.DESCRIPTOR_WORDS} that describe it, then {tail}. "
            f"{reading_order(config.streamed, config.weight_depth)}: layer by layer, one output of "
            f"each PE after the other, word by word of {config.window} activations, beat by beat. "
            f"{_beat(config)}"
        )


def _beat(config: Config) -> str:
    """Tell how a beat of weights is laid out."""
    slot = "the number of a codebook value" if config.shares_weights else "an integer"
    if config.position_bits:
        slot += (
            f" and above it, in {config.position_bits} bits, the position in its group of "
            f"{config.m}, which ascends within the group"
        )
    words = "1 stream word" if config.slices == 1 else f"{config.slices} stream words"
    return (
        f"A beat takes {words}: {config.slots} slots of {config.entry_bits} bits from bit 0 on, "
        f"{config.n} for each of {config.groups} groups; a slot holds {slot}."
    )


def _recoded(layer: Layer, config: Config) -> Layer:
    """Encode a layer for another configuration."""
    try:
        matrix, codebook = encode_weights(layer.weights(), config)
    except InputError as error:
        raise InputError(f"layer {layer.name!r}: {error}") from None
    return replace(layer, matrix=matrix, codebook=codebook)


ENGINE = Nm()
