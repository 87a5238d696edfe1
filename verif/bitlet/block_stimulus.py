"""Stimulus of the bench of a whole block, from the models of the Bitlet array."""

from dataclasses import replace

import numpy as np

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.engine import ENGINE
from zskip.model.bitlet.network import Network
from zskip.model.bitlet.packets import TARGETS, TILE, Target
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.bitlet.program import Program, plan
from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES, ErrorCode
from zskip.verif.bitlet.passes import refused_passes
from zskip.verif.common.block_stimulus import BlockStimulus, RefusedRun, bad_packets
from zskip.verif.common.network_stimulus import network_stimulus
from zskip.verif.common.refused_programs import refused_programs, sent_packets


def block_stimulus(
    network: Network, activations: IntArray, seed: int, *, trace: bool = True
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
    trace : bool
        Check every layer and counter, not only the outputs of the last layer.

    Returns
    -------
    BlockStimulus
        With packets and programs that are refused.
    """
    config, rng = network.config, np.random.default_rng(seed)
    program = plan(network, trace=trace)
    return network_stimulus(
        ENGINE,
        network,
        activations,
        bad=bad_packets(block_memories(config), config.pe_count, rng),
        refused=[
            *refused_programs(
                program.passes,
                lambda entry: refused_passes(entry, config).values(),
                room=config.pass_count,
                target=Target.PROGRAM,
            ),
            *_overlong_programs(program),
        ],
        trace=trace,
    )


def block_memories(config: Config) -> dict[int, tuple[int, bool]]:
    """Return the depth of every memory in words of the load stream, and whether engines have it."""
    depths = {
        Target.WEIGHTS: config.weight_depth * config.slices,
        Target.BIASES: config.bias_depth * config.bias_slices,
        Target.ACTIVATIONS: config.vector_depth // LANES,
        Target.PROGRAM: PASS_WORDS * config.pass_count,
    }
    memories = {int(code): (depth, TARGETS[code].per_pe) for code, depth in depths.items()}
    return memories | ({TILE: (1, False)} if config.streamed else {})


def _overlong_programs(program: Program) -> list[RefusedRun]:
    """Return the program with a last pass that takes more biases, or weights, than there are.

    The weight memory must be full for the latter, as there may be anything behind the program.
    """
    config, *others, last = program.config, *program.passes
    longer = []
    taken = sum(entry.rounds for entry in others)
    if taken and taken + last.rounds <= config.bias_depth:
        # Of one group each, so that there are weights for them.
        longer.append(replace(last, rounds=config.bias_depth - taken + 1, groups=1))
    if program.weights.shape[1] == config.weight_depth:
        longer.append(replace(last, groups=last.groups + 1))
    runs = []
    for entry in longer:
        words = replace(program, passes=(*others, entry)).load_stream().tolist()
        runs.append((words, sent_packets(others), int(ErrorCode.PROGRAM)))
    return runs
