"""The Bitlet engine: its golden model behind the protocol that all engines share."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zskip.model.bitlet import (
    accelerator,
    counters,
    fit,
    images,
    packets,
    passes,
    program,
    structure,
)
from zskip.model.bitlet.config import NAMED, Config
from zskip.model.bitlet.cycles import layer_cycles
from zskip.model.bitlet.events import layer_events
from zskip.model.bitlet.figures.storage import (
    LayerFigures,
    NetworkStorage,
    layer_figures,
    storage,
)
from zskip.model.bitlet.figures.weight_table import GROUPS, weight_table
from zskip.model.bitlet.network import Layer, Network, encoded_layer
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common.beat_tiles import TILE_WORD, reading_order
from zskip.model.common.counters import Counters, Run
from zskip.model.common.engine import Advance, Engine, StreamFormat, TileFormat, Work
from zskip.model.common.events import Events
from zskip.model.common.figure_table import FigureTable
from zskip.model.common.fit import MemoryFit, check_needs, enlarged, memory_fits
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.precision import Precision
from zskip.model.common.program import Memory
from zskip.model.common.scale import NO_SCALE
from zskip.model.common.stream import load_packet, pack_activations
from zskip.model.common.structure import Structure


class Bitlet(Engine[Config, Network]):
    """Sparsity of bits: only the ones of the weights, or the fewer zeros of a column, take time."""

    name = "bitlet"
    title = "Bitlet array"
    configs: Mapping[str, Config] = NAMED
    shown: ClassVar[Mapping[str, str]] = {"picks": "picks", "macs": "MACs"}
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
        """The array of 64 engines: smaller ones cannot address the largest layer."""
        return NAMED["bitlet_large"]

    def encode(
        self,
        layers: Sequence[FixedLayer],
        config: Config,
        *,
        calibration: FloatArray | None = None,
        input_scale: float = 1.0,
    ) -> Network:
        """Take the weights as they are, each layer in its precision."""
        encoded = tuple(encoded_layer(layer, config) for layer in layers)
        return Network(config=config, layers=encoded, input_scale=input_scale)

    def recode(self, network: Network, config: Config) -> Network:
        """Take a network for another array; only how integers are held may differ."""
        signed = bool(config.twos_complement)
        layers = tuple(
            layer if layer.number else replace(layer, twos_complement=signed)
            for layer in network.layers
        )
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
        """Count the bits and bytes of a layer."""
        return layer_figures(layer, config)

    def storage(self, network: Network) -> NetworkStorage:
        """Count the bytes in storage."""
        return storage(network)

    def run(
        self, network: Network, activations: IntArray, *, on_progress: Advance | None = None
    ) -> Run:
        """Compute a network, overflows of accumulators cycle by cycle."""
        return accelerator.run(network, activations, on_progress=on_progress)

    def timing(
        self, network: Network, run: Run, *, on_progress: Advance | None = None
    ) -> tuple[tuple[Counters, ...], ...]:
        """Add the cycles, which depend on the inputs in floating point only."""
        layers = []
        rows = zip(network.layers, run.layers, run.sources, strict=True)
        for index, (layer, done, source) in enumerate(rows):
            cycles = layer_cycles(layer, source, network.config, first=index == 0)
            layers.append((done.passes[0] | Counters(central={"cycles": cycles}),))
            if on_progress is not None:
                on_progress(len(source))
        return tuple(layers)

    def work(self, layer: Layer, activations: IntArray, counters: Counters, config: Config) -> Work:
        """Count products of two factors that are not zero; the limit spreads all picks evenly."""
        nonzero = sum((weights != 0).sum(axis=0) for _, weights in layer.weight_blocks())
        macs = (layer.input_values(activations) != 0).astype(np.int64) @ nonzero
        return Work(macs, counters["picks"] / (config.pe_count * config.lanes))

    def events(
        self, layer: Layer, activations: IntArray, counters: Counters, config: Config
    ) -> Events:
        """Take the picks, and what follows from the sizes."""
        return layer_events(layer.cut(config), counters, config)

    def activations_read(self, shape: tuple[int, int], config: Config) -> int:
        """Count those that all engines share, once for each round, in the default precision."""
        cut = _default_shape(shape, config)
        return cut.steps * cut.pairs

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
        """Compute the cycles of a layer from the bits of its weights, and in floats of its inputs.

        Biases count as 0.
        """
        layer = Layer(
            name="",
            matrix=weights,
            precision=precision or config.default_precision,
            bias=np.zeros(len(weights), dtype=np.int64),
            relu=False,
            scale=NO_SCALE,
            twos_complement=bool(config.twos_complement),
        )
        if on_progress is not None:
            on_progress(len(activations))
        return layer_cycles(layer, activations, config, first=first)

    def tables(self, seed: int, scale: float = 1.0) -> tuple[FigureTable, ...]:
        """Measure the cycles for 64 weights of known distributions."""
        return (weight_table(seed, round(GROUPS * scale)),)

    def plan(self, network: Network, *, trace: bool = False) -> program.Program:
        """Place a network in the memories of its array."""
        return program.plan(network, trace=trace)

    def input_words(self, network: Network, activations: IntArray) -> NDArray[np.uint64]:
        """Return the packet that loads an input vector."""
        words = pack_activations(activations, network.form)
        return load_packet(packets.Target.ACTIVATIONS, words)

    def memories(self, config: Config) -> list[Memory]:
        """Return the SRAMs that a program fills."""
        return images.memories(config)

    def structure(self, config: Config) -> Structure:
        """Return its memories, and the sizes that its logic grows with."""
        return structure.structure(config)

    def pass_words(self, config: Config) -> int:
        """Return the program words of a pass, the empty one included."""
        return passes.PASS_WORDS

    def describe_program(self, config: Config) -> str:
        """Tell how a pass stands in the program memory, and weights and biases in theirs."""
        return (
            f"A layer is one pass. A pass takes {passes.PASS_WORDS} program words: "
            f"{passes.DESCRIPTOR_WORDS} that describe it, then an empty one. Lengths of vectors "
            "are in places of 16 bits, of which an activation of float32 takes two. "
            f"{reading_order(config.streamed, config.weight_depth)}: layer by layer, round by "
            f"round, each round group by group of {config.pairs} pairs. {_beat(config)} "
            f"{_round(config)}"
        )


def _default_shape(shape: tuple[int, int], config: Config) -> LayerShape:
    """Return the shape of a layer of the integers that nobody chose."""
    return LayerShape.of(shape, config.value_bits - 1 + config.twos_complement, config)


def _words(count: int) -> str:
    """Tell a number of stream words."""
    return "1 stream word" if count == 1 else f"{count} stream words"


def _beat(config: Config) -> str:
    """Tell how a beat of weights is laid out."""
    pair = f"a magnitude of {config.lanes} bits and its sign above it"
    if config.segments > 1:
        pair = (
            f"the magnitudes of {config.segments} rows of {config.row_lanes} bits each, or one of "
            f"{config.lanes} bits, and above them the signs from bit {config.lanes} on"
        )
    if config.float_bits:
        pair += ", or a floating-point word in the lowest bits"
    return (
        f"A beat takes {_words(config.slices)}: {config.load_pairs} pairs of {config.pair_bits} "
        f"bits from bit 0 on; a pair holds {pair}."
    )


def _round(config: Config) -> str:
    """Tell how the biases of a round are laid out."""
    return (
        f"A round takes {_words(config.bias_slices)} of biases, one for each row of an engine, "
        "the first row's first."
    )


ENGINE = Bitlet()
