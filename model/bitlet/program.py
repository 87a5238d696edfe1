"""From a compressed network to what the array holds: memory images and a table of passes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.fit import needs
from zskip.model.bitlet.images import BIASES, PROGRAM
from zskip.model.bitlet.latencies import pass_cycles, run_cycles
from zskip.model.bitlet.network import Layer, Network
from zskip.model.bitlet.packets import TILE, Target
from zskip.model.bitlet.passes import Pass
from zskip.model.common.beat_tiles import beat_tiles
from zskip.model.common.fit import check_needs
from zskip.model.common.fixed import IntArray
from zskip.model.common.program import OnChip
from zskip.model.common.slots import Words, pack_slots
from zskip.model.common.stream import load_packet

SLACK_CYCLES = 64
"""Cycles that a pass may take beyond those that it takes."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Program(OnChip):
    """Contents of every memory of the array.

    Parameters
    ----------
    config : Config
        The array.
    passes : tuple of Pass
        The layers.
    weights : ndarray of uint64, shape (pe_count, beats, slices)
        Beats of weights of each engine in the order in which they are read, 64 bits of a beat
        after the other; those beyond the width of a beat are 0.
    biases : ndarray of int64, shape (pe_count, rounds, bias_slices)
        Biases of each engine in each round: integers, or words of a floating-point format. Those
        beyond the rows side by side are 0.
    """

    config: Config
    passes: tuple[Pass, ...]
    weights: Words
    biases: IntArray

    @property
    def pe_count(self) -> int:
        """Engines of the array."""
        return self.config.pe_count

    @property
    def cycle_limits(self) -> tuple[int, ...]:
        """Cycles that each pass stays below, whatever its inputs are.

        No lane takes more cycles for a group than it has pairs, and one more if it has none.
        """
        config = self.config
        constant = run_cycles() + SLACK_CYCLES
        return tuple(
            entry.rounds * (entry.groups * (config.beats + config.pairs + 1) + config.segments)
            + pass_cycles(config, rows=config.segments, floating=entry.number is not None)
            + constant
            for entry in self.passes
        )

    def contents(self, memory: str, pe: int = 0) -> NDArray[np.generic]:
        """Return the words of a memory from its first one on.

        Parameters
        ----------
        memory : str
            Name of one of `zskip.model.bitlet.images.memories`.
        pe : int
            Number of the engine; 0 for memories that no engine owns.

        Returns
        -------
        ndarray of integers, shape (words,)
        """
        if memory == PROGRAM:
            return self.program_words()
        kind, _, index = memory.rpartition("_")
        return (self.biases if kind == BIASES else self.weights)[pe, :, int(index)]

    def load_stream(self) -> Words:
        """Return the packets that fill every memory of the array but those of tiles."""
        packets = []
        for pe in range(self.pe_count):
            biases = self.biases[pe].ravel().view(np.uint64)
            if not self.config.streamed:
                packets.append(load_packet(Target.WEIGHTS, self.weights[pe].ravel(), pe=pe))
            packets.append(load_packet(Target.BIASES, biases, pe=pe))
        packets.append(load_packet(Target.PROGRAM, self.program_words()))
        return np.concatenate(packets)

    def tile_stream(self) -> Words:
        """Return the packets of all tiles in the order in which a run takes them."""
        if not self.config.streamed:
            return super().tile_stream()
        depth = self.config.weight_depth
        return beat_tiles(self.weights, depth, target=Target.WEIGHTS, end=TILE)

    def program_words(self) -> Words:
        """Return the contents of the program memory, uint64."""
        return np.concatenate([entry.program_words() for entry in self.passes])


def plan(network: Network, *, trace: bool = False) -> Program:
    """Place a network in the memories of its array.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    trace : bool
        Let every layer send out its outputs and every pass its counters, not only the last layer
        its outputs.

    Returns
    -------
    Program

    Raises
    ------
    InputError
        The network does not fit.
    """
    config, layers = network.config, network.layers
    check_needs(needs(network), config)
    last = len(layers) - 1
    return Program(
        config=config,
        passes=tuple(
            _pass(layer, config, index == last, trace) for index, layer in enumerate(layers)
        ),
        weights=np.concatenate([_weights(layer, config) for layer in layers], axis=1),
        biases=np.concatenate([_biases(layer, config) for layer in layers], axis=1),
    )


def _pass(layer: Layer, config: Config, last: bool, trace: bool) -> Pass:
    """Return the pass of a layer."""
    shape = layer.cut(config)
    on = (1 << shape.lanes) - (1 << layer.mask_lanes)
    return Pass(
        outputs=layer.outputs,
        inputs=layer.inputs,
        rounds=shape.rounds,
        groups=shape.groups,
        number=layer.number,
        joined=shape.rows == 1,
        subtracted=layer.number is None and layer.twos_complement,
        mask=sum(on << row * shape.lanes for row in range(shape.rows)),
        shift=layer.scale.shift,
        relu=layer.relu,
        emit_outputs=trace or last,
        emit_counters=trace,
        last=last,
    )


def _weights(layer: Layer, config: Config) -> Words:
    """Return the beats of a layer's weights, shape (pe_count, beats, slices)."""
    shape = layer.cut(config)
    magnitudes, negative = layer.encoded(shape)
    split = (shape.rounds, shape.rows, config.pe_count, shape.groups * config.beats, -1)
    rows = np.arange(shape.rows).reshape(-1, 1, 1, 1)
    places = magnitudes.reshape(split) << rows * shape.lanes
    places |= negative.astype(np.int64).reshape(split) << config.lanes + rows
    entries = np.bitwise_or.reduce(places, axis=1)
    words = pack_slots(entries.astype(np.uint64), config.pair_bits, config.slices)
    return words.swapaxes(0, 1).reshape(config.pe_count, -1, config.slices)


def _biases(layer: Layer, config: Config) -> IntArray:
    """Deal the biases of a layer out, shape (pe_count, rounds, bias_slices)."""
    shape = layer.cut(config)
    given = np.zeros(shape.outputs, dtype=np.int64)
    given[: layer.outputs] = layer.bias
    dealt = np.zeros((config.pe_count, shape.rounds, config.bias_slices), dtype=np.int64)
    by_row = given.reshape(shape.rounds, shape.rows, config.pe_count)
    dealt[:, :, : shape.rows] = by_row.transpose(2, 0, 1)
    return dealt
