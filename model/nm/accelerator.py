"""Golden model of the whole array: a compressed network and its inputs to outputs and counters."""

from collections.abc import Callable, Iterator

import numpy as np

from zskip.model.common.counters import Counters, LayerRun, Run, joined
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import BoolArray, IntArray, check_range, limits, wrap, write_back
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import Config
from zskip.model.nm.network import Network
from zskip.model.nm.passes import Pass
from zskip.model.nm.program import Program, Words, plan

CHUNK = 1024
"""Input vectors computed together; bounds the memory."""


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
    if activations.ndim != 2 or activations.shape[1] != network.inputs or not len(activations):
        raise InputError(
            f"activations must have shape (n, {network.inputs}) with n at least 1, not "
            f"{activations.shape}: give one row for each input vector"
        )
    check_range(activations, network.config.activation_bits, "activations")
    loaded = network.select(activations)
    program = plan(network)
    chunks: list[list[LayerRun]] = []
    for first in range(0, len(loaded), CHUNK):
        chunk = loaded[first : first + CHUNK]
        chunks.append(list(_layers(program, chunk)))
        if on_progress is not None:
            on_progress(len(chunk))
    layers = tuple(
        LayerRun(
            outputs=np.concatenate([part.outputs for part in parts]),
            passes=(joined([part.passes[0] for part in parts]),),
        )
        for parts in zip(*chunks, strict=True)
    )
    return Run(inputs=loaded, layers=layers, outputs=network.restore(layers[-1].outputs))


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
    entries = _entries(words, config).reshape(*words.shape[:2], config.groups, config.n)
    stored = entries & ((1 << config.weight_bits) - 1)
    positions = np.broadcast_to(np.arange(config.n), entries.shape)
    if config.position_bits:
        positions = entries >> config.weight_bits
    shared = config.shares_weights
    values = entry.codebook[stored] if shared else wrap(stored, config.weight_bits)
    window = np.zeros((*words.shape[:2], config.groups, config.m), dtype=np.int64)
    np.put_along_axis(window, positions, values, axis=-1)
    return window.transpose(1, 0, 2, 3).reshape(-1, config.window)


def _entries(words: Words, config: Config) -> IntArray:
    """Cut beats into slots, shape (..., slots)."""
    index, bit = np.divmod(np.arange(config.slots) * config.entry_bits, STREAM_BITS)
    low = words[..., index] >> bit.astype(np.uint64)
    above = STREAM_BITS - bit
    crossing = above < config.entry_bits
    high = words[..., np.where(crossing, index + 1, index)]
    # A slot that crosses no border takes nothing from the word above.
    low |= np.where(crossing, high << np.where(crossing, above, 0).astype(np.uint64), 0)
    return (low & np.uint64((1 << config.entry_bits) - 1)).astype(np.int64)


def _by_pe(events: IntArray | BoolArray, config: Config) -> IntArray:
    """Add up the events of the rows of each PE, shape (n, pe_count)."""
    return events.reshape(len(events), -1, config.pe_count).sum(axis=1)
