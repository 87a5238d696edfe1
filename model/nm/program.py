"""From a compressed network to what the array holds: memory images and a table of passes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.beat_tiles import beat_tiles
from zskip.model.common.fit import check_needs
from zskip.model.common.fixed import IntArray
from zskip.model.common.program import OnChip
from zskip.model.common.slots import Words, pack_slots
from zskip.model.common.stream import load_packet
from zskip.model.nm import fit
from zskip.model.nm.config import Config
from zskip.model.nm.cycles import layer_cycles
from zskip.model.nm.encoding import EncodedMatrix
from zskip.model.nm.images import BIASES, PROGRAM
from zskip.model.nm.network import Layer, Network
from zskip.model.nm.packets import TILE, Target
from zskip.model.nm.passes import Pass

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
        Beats of weights of each PE in the order in which they are read, 64 bits of a beat after the
        other; those beyond the width of a beat are 0.
    biases : ndarray of int64, shape (pe_count, blocks)
        Bias of each PE in each block of rows.
    """

    config: Config
    passes: tuple[Pass, ...]
    weights: Words
    biases: IntArray

    @property
    def pe_count(self) -> int:
        """Processing elements of the array."""
        return self.config.pe_count

    @property
    def cycle_limits(self) -> tuple[int, ...]:
        """Cycles that each pass stays below, whatever its inputs are."""
        return tuple(
            layer_cycles(entry.beat_count, self.config, first=True) + SLACK_CYCLES
            for entry in self.passes
        )

    def contents(self, memory: str, pe: int = 0) -> NDArray[np.generic]:
        """Return the words of a memory from its first one on.

        Parameters
        ----------
        memory : str
            Name of one of `zskip.model.nm.images.memories`.
        pe : int
            PE number; 0 for memories that no PE owns.

        Returns
        -------
        ndarray of integers, shape (words,)
        """
        if memory == PROGRAM:
            return self.program_words()
        if memory == BIASES:
            return self.biases[pe]
        return self.weights[pe, :, int(memory.rpartition("_")[2])]

    def load_stream(self) -> Words:
        """Return the packets that fill every memory of the array but those of tiles."""
        packets = []
        for pe in range(self.pe_count):
            if not self.config.streamed:
                packets.append(load_packet(Target.WEIGHTS, self.weights[pe].ravel(), pe=pe))
            packets.append(load_packet(Target.BIASES, self.biases[pe].view(np.uint64), pe=pe))
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
    check_needs(fit.needs(network), network.config)
    config = network.config
    last = len(network.layers) - 1
    passes = []
    for index, layer in enumerate(network.layers):
        blocks, words, beats = fit.beat_shape(layer, config)
        passes.append(
            Pass(
                outputs=layer.outputs,
                inputs=layer.inputs,
                blocks=blocks,
                words=words,
                beats=beats,
                shift=layer.scale.shift,
                relu=layer.relu,
                codebook=layer.codebook,
                emit_outputs=trace or index == last,
                emit_counters=trace,
                last=index == last,
            )
        )
    return Program(
        config=config,
        passes=tuple(passes),
        weights=np.concatenate([_weights(layer, config) for layer in network.layers], axis=1),
        biases=np.concatenate([_biases(layer, config) for layer in network.layers], axis=1),
    )


def slots(matrix: EncodedMatrix, config: Config) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Return the weights and positions that the PEs hold, padding included.

    Parameters
    ----------
    matrix : EncodedMatrix
        Of the configuration's `n` and `m`.
    config : Config
        The array.

    Returns
    -------
    values, positions : ndarray, shape (pe_count, blocks, words, beats, slots)
        Rows and groups beyond the matrix have weights of 0 at the lowest positions.
    """
    rows, groups, beats, n = matrix.values.shape
    blocks, words = -(-rows // config.pe_count), -(-groups // config.groups)
    shape = (blocks * config.pe_count, words * config.groups, beats, n)
    values = np.zeros(shape, dtype=matrix.values.dtype)
    positions = np.broadcast_to(np.arange(n, dtype=np.uint8), shape).copy()
    values[:rows, :groups], positions[:rows, :groups] = matrix.values, matrix.positions
    return _dealt(values, config), _dealt(positions, config)


def _dealt(values: NDArray[np.integer], config: Config) -> NDArray[np.integer]:
    """Deal rows out to the PEs, and bring the groups of a word together beat by beat."""
    rows, groups, beats, n = values.shape
    pe_count, at_once = config.pe_count, config.groups
    parts = values.reshape(rows // pe_count, pe_count, groups // at_once, at_once, beats, n)
    ordered = parts.transpose(1, 0, 2, 4, 3, 5)
    return ordered.reshape(*ordered.shape[:4], at_once * n)


def _weights(layer: Layer, config: Config) -> Words:
    """Return the beats of a layer's weights, shape (pe_count, beats, slices)."""
    values, positions = slots(layer.matrix, config)
    values = values.reshape(config.pe_count, -1, config.slots)
    positions = positions.reshape(values.shape)
    entries = values.astype(np.uint64) & np.uint64((1 << config.weight_bits) - 1)
    if config.position_bits:
        entries |= positions.astype(np.uint64) << np.uint64(config.weight_bits)
    return pack_slots(entries, config.entry_bits, config.slices)


def _biases(layer: Layer, config: Config) -> IntArray:
    """Deal the biases of a layer out to the PEs, filled up with 0."""
    dealt = np.zeros((-(-layer.outputs // config.pe_count), config.pe_count), dtype=np.int64)
    dealt.ravel()[: layer.outputs] = layer.bias
    return np.ascontiguousarray(dealt.T)
