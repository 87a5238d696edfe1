"""Golden model of the whole array: a compressed network and its inputs to outputs and counters."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from zskip.model.common.chunks import check_vectors, chunked_run
from zskip.model.common.counters import Counters, LayerRun, Run
from zskip.model.common.fixed import BoolArray, IntArray, check_range, limits, wrap, write_back
from zskip.model.common.slots import Words, unpack_slots
from zskip.model.nm.config import Config
from zskip.model.nm.network import Network
from zskip.model.nm.passes import Pass
from zskip.model.nm.program import Program, plan


def run(
    network: Network,
    activations: IntArray,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Run:
    """Compute a network the way the hardware does.

    The model starts from the memory images that the hardware is loaded with. The sum of a beat is
    exact, and each is added to the accumulator, which wraps around.

    Parameters
    ----------
    network : Network
        A network that passes its `check` and fits its configuration.
    activations : ndarray of int64, shape (n, inputs)
        Activations of the configuration's width, in the user's order.
    on_progress : callable, optional
        Called with the number of input vectors just finished.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        The activations have the wrong shape or range, or the network does not fit.
    """
    check_vectors(network, activations)
    check_range(activations, network.config.activation_bits, "activations")
    program = plan(network)
    return chunked_run(network, activations, partial(_layers, program), on_progress)


def _layers(program: Program, activations: IntArray) -> Iterator[LayerRun]:
    """Compute one pass after the other."""
    beat = block = 0
    for entry in program.passes:
        weights = program.weights[:, beat : beat + entry.beat_count]
        biases = program.biases[:, block : block + entry.blocks]
        beat, block = beat + entry.beat_count, block + entry.blocks
        done = _pass(entry, weights, biases, activations, program.config)
        activations = done.outputs
        yield done


def _pass(
    entry: Pass, weights: Words, biases: IntArray, activations: IntArray, config: Config
) -> LayerRun:
    """Compute a pass; rows are in the order of the outputs, those that fill the last block too."""
    acc = np.tile(biases.T.ravel(), (len(activations), 1))
    overflows = np.zeros(acc.shape, dtype=np.int64)
    padded = np.zeros((len(activations), entry.words * config.window), dtype=np.int64)
    padded[:, : entry.inputs] = activations
    low, high = limits(config.acc_bits)
    order = weights.reshape(config.pe_count, entry.blocks, entry.words, entry.beats, -1)
    for word in range(entry.words):
        read = padded[:, word * config.window : (word + 1) * config.window].astype(np.float64)
        for beat in range(entry.beats):
            multiplied = _window(order[:, :, word, beat], entry, config)
            # Exact: the products of a beat add up to far less than 2**53.
            sums = (read @ multiplied.T.astype(np.float64)).astype(np.int64)
            sums += acc
            acc = sums
            if sums.min() < low or sums.max() > high:
                acc = wrap(sums, config.acc_bits)
                overflows += acc != sums
    y, saturated = write_back(acc, entry.shift, entry.relu, config.activation_bits)
    counters = Counters(
        central={"beats": np.full(len(activations), entry.beat_count)},
        per_pe={
            "saturations": _by_pe(saturated, config),
            "overflows": _by_pe(overflows, config),
        },
    )
    return LayerRun(outputs=y[:, : entry.outputs], passes=(counters,))


def _window(words: Words, entry: Pass, config: Config) -> IntArray:
    """Return the weight that each activation of a word meets in a beat.

    Parameters
    ----------
    words : ndarray of uint64, shape (pe_count, blocks, slices)
        The beat of every PE in every block of rows.
    entry : Pass
        The pass.
    config : Config
        The array.

    Returns
    -------
    ndarray of int64, shape (blocks * pe_count, window)
    """
    entries = unpack_slots(words, config.slots, config.entry_bits)
    entries = entries.reshape(*words.shape[:2], config.groups, config.n)
    stored = entries & ((1 << config.weight_bits) - 1)
    positions = np.broadcast_to(np.arange(config.n), entries.shape)
    if config.position_bits:
        positions = entries >> config.weight_bits
    shared = config.shares_weights
    values = entry.codebook[stored] if shared else wrap(stored, config.weight_bits)
    window = np.zeros((*words.shape[:2], config.groups, config.m), dtype=np.int64)
    np.put_along_axis(window, positions, values, axis=-1)
    return window.transpose(1, 0, 2, 3).reshape(-1, config.window)


def _by_pe(events: IntArray | BoolArray, config: Config) -> IntArray:
    """Add up the events of the rows of each PE, shape (n, pe_count)."""
    return events.reshape(len(events), -1, config.pe_count).sum(axis=1)
