"""EIE as an engine: its golden model behind the protocol that all engines share."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.back_to_back import interval
from zskip.model.common.counters import Counters, Run, summed
from zskip.model.common.engine import Advance, Engine, StreamFormat, TileFormat, Work
from zskip.model.common.events import Events
from zskip.model.common.fit import MemoryFit
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.partial_sums import SumOrder
from zskip.model.common.precision import Precision
from zskip.model.common.program import Memory
from zskip.model.common.stream import LANES
from zskip.model.common.structure import Structure
from zskip.model.eie import (
    accelerator,
    counters,
    cycles,
    fit,
    images,
    packets,
    passes,
    program,
    structure,
)
from zskip.model.eie.back_to_back import loading_cycles
from zskip.model.eie.compressor import recode
from zskip.model.eie.config import NAMED, Config
from zskip.model.eie.encoding import block_rows, encode
from zskip.model.eie.events import layer_events
from zskip.model.eie.figures import explored, smallest, storage
from zskip.model.eie.figures.presets import PRESETS
from zskip.model.eie.figures.published import PUBLISHED
from zskip.model.eie.figures.report import LayerFigures, layer_figures
from zskip.model.eie.figures.work import lane_cycles
from zskip.model.eie.lnzd import broadcast_order
from zskip.model.eie.network import Layer, Network

SHOWN = {"broadcasts": "broadcasts", "macs": "MACs", "padding": "padding", "stalls": "stalls"}
LOSSES = {"padding": "padding", "stalls": "stalls"}
"""Counters that reports show, by name with their headings."""


class Eie(Engine[Config, Network]):
    """Efficient inference engine (Han et al., ISCA 2016)."""

    name = "eie"
    title = "EIE array"
    configs = NAMED
    shown = SHOWN
    losses = LOSSES
    published = PUBLISHED
    presets = PRESETS
    stream = StreamFormat(
        targets=packets.TARGETS,
        program={"First word": passes.PASS_WORD_0, "Second word": passes.PASS_WORD_1},
        central=counters.CENTRAL,
        per_pe=counters.PER_PE,
        meanings=counters.MEANINGS,
        tile=TileFormat(packets.TILE, packets.TILE_WORD),
    )

    def encode(
        self,
        layers: Sequence[FixedLayer],
        config: Config,
        *,
        calibration: FloatArray | None = None,
        input_scale: float = 1.0,
    ) -> Network:
        """Leave out what is never used, order the rows, and encode the columns of each PE."""
        return recode.build(layers, config, calibration=calibration, input_scale=input_scale)

    def sum_order(self, inputs: int, config: Config) -> SumOrder | None:
        """Take one column after the other, as they are broadcast; tiles come in any order."""
        if config.streamed:
            return None
        return SumOrder(broadcast_order(np.ones(inputs, dtype=bool), config), 1)

    def recode(self, network: Network, config: Config) -> Network:
        """Encode a network for another array, anew only where the encoding differs."""
        return recode.recode(network, config)

    def fit(self, network: Network) -> tuple[MemoryFit, ...]:
        """Return how much of each memory a network takes."""
        return smallest.memory_fits(network)

    def check_fit(self, network: Network) -> None:
        """Check that a network fits its array."""
        fit.check_fit(network)

    def roomy(self, config: Config, outputs: int, keep: Collection[str]) -> Config:
        """Give an array of few PEs as many accumulators in all as the paper's array has."""
        return recode.with_accumulators(config, outputs, keep)

    def enlarged(self, network: Network, keep: Collection[str]) -> Config:
        """Return a network's configuration with every memory large enough for it."""
        return recode.with_memories(network, keep)

    def figures(self, layer: Layer, config: Config) -> LayerFigures:
        """Count the entries and bytes of a layer."""
        return layer_figures(layer, config)

    def storage(self, network: Network) -> storage.NetworkStorage:
        """Count the bytes in storage, in the parts of Deep Compression's tables."""
        return storage.storage(network)

    def run(
        self, network: Network, activations: IntArray, *, on_progress: Advance | None = None
    ) -> Run:
        """Compute a network through the units of the array."""
        return accelerator.run(network, activations, on_progress=on_progress)

    def timing(
        self, network: Network, run: Run, *, on_progress: Advance | None = None
    ) -> tuple[tuple[Counters, ...], ...]:
        """Add the counters of the cycle model to those of the golden model."""
        last = len(network.layers) - 1
        layers = []
        words = np.zeros(network.config.pe_count, dtype=np.int64)
        rows = zip(network.layers, run.sources, run.layers, strict=True)
        for index, (layer, source, done) in enumerate(rows):
            timed = cycles.layer_timing(
                layer.matrix,
                source,
                network.config,
                first=index == 0,
                last=index == last,
                blocks_before=network.layers[index - 1].matrix.blocks if index else 1,
                words_before=words,
                on_progress=on_progress,
            )
            words = words + -(-layer.matrix.pointers[:, -1] // network.config.entries_per_word)
            layers.append(tuple(a | b for a, b in zip(done.passes, timed, strict=True)))
        return tuple(layers)

    def intervals(self, network: Network, cycles: IntArray) -> IntArray | None:
        """Return cycles from end to end with two banks of inputs; loading may be longer."""
        if not network.config.keeps_starts:
            return None
        passes = len(self.plan(network).passes)
        loading = loading_cycles(network.layers[0].inputs, passes, network.config)
        return np.maximum(interval(cycles), loading)

    def work(self, layer: Layer, activations: IntArray, counters: Counters, config: Config) -> Work:
        """Return real entries, and the larger of broadcasts and the cycles of their columns.

        A column takes a PE as many cycles as its lanes need for the real entries.
        """
        macs = counters["entries"] - counters["padding"]
        cycles = lane_cycles(layer.matrix, activations, config.lanes)
        broadcasts = counters["broadcasts"] / config.broadcast_size
        return Work(macs, np.maximum(broadcasts, cycles / config.pe_count))

    def events(
        self, layer: Layer, activations: IntArray, counters: Counters, config: Config
    ) -> Events:
        """Take what the counters tell, and what follows from the sizes."""
        depths = passes.block_depths(layer.outputs, layer.matrix.block_rows, config)
        words = self.activations_read(layer.shape, config) // LANES
        return layer_events(sum(depths), words, len(depths), counters, config)

    def activations_read(self, shape: tuple[int, int], config: Config) -> int:
        """Count the words that all PEs scan, four activations each, once in every pass."""
        inputs = (shape[1] + np.arange(config.pe_count)) // config.pe_count
        words = -(-inputs // LANES)
        depths = passes.block_depths(shape[0], block_rows(shape[0], config), config)
        return LANES * int(words.sum()) * len(depths)

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
        """Compute the cycles of a layer from its zeros, its rows in the source's order."""
        timed = cycles.layer_timing(
            encode((weights != 0).astype(np.uint8), config),
            activations,
            config,
            first=first,
            last=last,
            on_progress=on_progress,
        )
        return summed(timed)["cycles"]

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
        return (
            "A layer is one pass or, with more rows than a PE has accumulators, several. A pass "
            f"takes {self.pass_words(config)} program words: {passes.DESCRIPTOR_WORDS} that "
            f"describe it, then its codebook of {config.codebook_size} values of 16 bits, {LANES} "
            "to a word, the first in the lowest bits. The first value must be 0."
        )

    def layer_counters(self, network: Network, activations: IntArray) -> Counters:
        """Take them from the encoded matrix and the cycle model, whether it fits or not."""
        return explored.layer_counters(network, activations)

    def explored(
        self, network: Network, sources: Sequence[IntArray], counters: Counters
    ) -> dict[str, int | float]:
        """Return real work, load balance, reads by width of a word, and bits of the switches."""
        return explored.explored(network, sources, counters)


ENGINE = Eie()
