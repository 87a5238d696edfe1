"""Golden model of the whole array: a compressed network and its inputs to outputs and counters."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.fixed_pass import fixed_pass
from zskip.model.bitlet.float_pass import float_pass
from zskip.model.bitlet.network import Network, check_words
from zskip.model.bitlet.passes import Pass
from zskip.model.bitlet.program import Program, plan
from zskip.model.bitlet.shape import LayerShape
from zskip.model.common.chunks import check_vectors, chunked_run
from zskip.model.common.counters import Counters, LayerRun, Run
from zskip.model.common.fixed import IntArray, check_range
from zskip.model.common.slots import Words, unpack_slots


def run(
    network: Network,
    activations: IntArray,
    *,
    on_progress: Callable[[int], None] | None = None,
) -> Run:
    """Compute a network the way the hardware does.

    The model starts from the memory images that the hardware is loaded with.

    Parameters
    ----------
    network : Network
        A network that passes its `check` and fits its configuration.
    activations : ndarray of int64, shape (n, inputs)
        Integers of 16 bits, or words of the network's format, in the user's order.
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
    number = network.layers[0].number
    if number:
        check_words(activations, number, "activations", finite=False)
    else:
        check_range(activations, network.config.activation_bits, "activations")
    program = plan(network)
    return chunked_run(network, activations, partial(_layers, program), on_progress)


def _layers(program: Program, activations: IntArray) -> Iterator[LayerRun]:
    """Compute one pass after the other."""
    config = program.config
    word = turn = 0
    for entry in program.passes:
        shape = _shape(entry, config)
        words = program.weights[:, word : word + shape.steps * config.beats]
        biases = program.biases[:, turn : turn + shape.rounds, : shape.rows]
        word, turn = word + words.shape[1], turn + shape.rounds
        given = (shape, _entries(words, shape, config), _dealt(biases), activations, config)
        if entry.number:
            outputs, events = float_pass(entry, entry.number, *given)
        else:
            outputs, events = fixed_pass(entry, *given)
        groups = np.full(len(activations), shape.steps)
        counters = Counters(
            central={"groups": groups},
            per_pe={name: shape.by_engine(each) for name, each in events.items()},
        )
        activations = outputs[:, : entry.outputs]
        yield LayerRun(outputs=activations, passes=(counters,))


def _shape(entry: Pass, config: Config) -> LayerShape:
    """Return the shape of a pass."""
    return LayerShape(
        rows=1 if entry.joined else config.segments,
        lanes=config.lanes if entry.joined else config.row_lanes,
        rounds=entry.rounds,
        groups=entry.groups,
        pairs=config.pairs,
        pe_count=config.pe_count,
    )


def _entries(words: Words, shape: LayerShape, config: Config) -> IntArray:
    """Take beats apart: the bits of each pair, shape (rounds, pe_count, groups * pairs)."""
    slots = unpack_slots(words, config.load_pairs, config.pair_bits)
    return slots.reshape(config.pe_count, shape.rounds, -1).swapaxes(0, 1)


def _dealt(biases: IntArray) -> IntArray:
    """Bring the biases of all engines to the order of outputs."""
    return biases.transpose(1, 2, 0).ravel()
