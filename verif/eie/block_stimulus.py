"""Stimulus of the bench of a whole block, from the models of the EIE array."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.counters import Run
from zskip.model.common.stream import LANES, ErrorCode, load_packet
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import Config
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.network import Network
from zskip.model.eie.packets import TARGETS, TILE, Target
from zskip.model.eie.passes import pass_words
from zskip.model.eie.program import Program, plan
from zskip.verif.common.block_stimulus import BlockStimulus, RefusedRun, bad_packets
from zskip.verif.common.network_stimulus import network_stimulus
from zskip.verif.eie.stimulus import refused_passes

CANDIDATES = 24
"""Input vectors from which those of a stimulus are taken."""


def block_stimulus(
    network: Network,
    activations: NDArray[np.int64],
    seed: int,
    *,
    faults: bool = True,
    trace: bool = True,
) -> BlockStimulus:
    """Return what the bench of a block needs to run a network.

    Parameters
    ----------
    network : Network
        The network.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    seed : int
        Seed of the data of bad packets.
    faults : bool
        Add packets and programs that are refused.
    trace : bool
        Check every layer and counter, not only the outputs of the last layer.

    Returns
    -------
    BlockStimulus
    """
    config = network.config
    rng = np.random.default_rng(seed)
    return network_stimulus(
        ENGINE,
        network,
        activations,
        bad=bad_packets(block_memories(config), config.pe_count, rng) if faults else [],
        refused=refused_programs(plan(network, trace=trace)) if faults else [],
        trace=trace,
    )


def _overflows(model: Run) -> NDArray[np.bool_]:
    """Return whether each pass overflows, shape (passes, n)."""
    passes = [entry for layer in model.layers for entry in layer.passes]
    return np.stack([entry["overflows"] > 0 for entry in passes])


def block_memories(config: Config) -> dict[int, tuple[int, bool]]:
    """Return the depth of every memory in words of the load stream, and whether PEs have it."""
    depths = {
        Target.POINTERS: config.pointer_words,
        Target.SPMAT: config.spmat_depth,
        Target.BIAS: config.bias_depth,
        Target.ACTIVATIONS: config.vector_depth // LANES,
        Target.PROGRAM: pass_words(config) * config.pass_count,
    }
    memories = {int(code): (depth, TARGETS[code].per_pe) for code, depth in depths.items()}
    return memories | ({TILE: (1, False)} if config.streamed else {})


def refused_programs(program: Program) -> list[RefusedRun]:
    """Return load streams of a program with one pass that is refused, and what comes before it.

    Every reason stands in the first pass, and each later pass has one. What comes behind a pass
    that is refused does not matter, so that each stream may follow the one before it.
    """
    config, passes = program.config, program.passes
    last = len(passes) - 1
    reasons = list(refused_passes(passes[0], config))
    refused = [(0, refused_passes(passes[0], config)[reason]) for reason in reasons]
    for index in range(1, len(passes)):
        bad = refused_passes(passes[index], config)
        refused.append((index, bad[reasons[index % len(reasons)]]))
    if len(passes) == config.pass_count:
        refused.append((last, replace(passes[last], last=False)))
    streams = []
    for index, entry in reversed(refused):
        packet = load_packet(Target.PROGRAM, entry.words(), address=index * pass_words(config))
        good = passes[: index if entry.last == passes[index].last else index + 1]
        before = sum(each.emit_outputs + each.emit_counters for each in good)
        streams.append((packet.tolist(), before, int(ErrorCode.PROGRAM)))
    return streams


def overflowing_activations(network: Network, count: int, seed: int) -> NDArray[np.int64]:
    """Return input vectors; every other one, from the second on, overflows in the first pass.

    Parameters
    ----------
    network : Network
        A network with weights large enough to overflow, and biases small enough not to.
    count : int
        Number of vectors.
    seed : int
        Seed of the values.

    Returns
    -------
    ndarray of int64, shape (count, inputs)
    """
    rng = np.random.default_rng(seed)
    shape = (CANDIDATES, network.inputs)
    most = np.geomspace(1, 32767, CANDIDATES)[:, np.newaxis]
    values = (rng.uniform(-1, 1, shape) * most).astype(np.int64)
    # Products of one sign add up furthest, in a row that is one of the first pass.
    first = network.layers[0]
    rows = first.weights()[: network.config.pe_count * first.matrix.block_rows]
    signs = np.sign(rows[np.abs(rows).sum(axis=1).argmax()])
    half = CANDIDATES // 2
    values[half:] = rng.integers(30_000, 32_767, (half, network.inputs), endpoint=True) * signs
    model = run(network, values)
    overflows = _overflows(model)
    quiet, loud = np.flatnonzero(~overflows.any(axis=0)), np.flatnonzero(overflows[0])
    assert min(quiet.size, loud.size) > 0, "some vectors must overflow, and some must not"
    order = [np.resize(group, (count + 1) // 2) for group in (quiet[::-1], loud)]
    return values[np.stack(order, axis=1).ravel()[:count]]
