"""Stimulus of the bench of a whole block, from the models of the N:M array."""

from dataclasses import replace

import numpy as np

from zskip.model.common.fixed import IntArray
from zskip.model.common.stream import LANES, STREAM_BITS, ErrorCode
from zskip.model.nm.config import Config
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.network import Network
from zskip.model.nm.packets import TARGETS, TILE, Target
from zskip.model.nm.passes import pass_words
from zskip.model.nm.program import Program, plan
from zskip.verif.common.block_stimulus import BlockStimulus, RefusedRun, bad_packets
from zskip.verif.common.network_stimulus import network_stimulus
from zskip.verif.common.refused_programs import refused_programs, sent_packets
from zskip.verif.nm.stimulus import refused_passes, with_illegal_positions


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
        Seed of the data of bad packets and of illegal positions.
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
            *refused_runs(program),
            *([] if config.streamed else illegal_programs(program, rng)),
        ],
        trace=trace,
    )


def block_memories(config: Config) -> dict[int, tuple[int, bool]]:
    """Return the depth of every memory in words of the load stream, and whether PEs have it."""
    depths = {
        Target.WEIGHTS: config.weight_depth * config.slices,
        Target.BIASES: config.bias_depth,
        Target.ACTIVATIONS: config.vector_depth // LANES,
        Target.PROGRAM: pass_words(config) * config.pass_count,
    }
    memories = {int(code): (depth, TARGETS[code].per_pe) for code, depth in depths.items()}
    return memories | ({TILE: (1, False)} if config.streamed else {})


def refused_runs(program: Program) -> list[RefusedRun]:
    """Return load streams of a program with one pass that is refused, each in every pass."""
    config = program.config
    runs = refused_programs(
        program.passes,
        lambda entry: refused_passes(entry, config).values(),
        room=config.pass_count,
        target=Target.PROGRAM,
    )
    return [*runs, *_overlong_programs(program)]


def _overlong_programs(program: Program) -> list[RefusedRun]:
    """Return the program with a last pass that takes more biases, or weights, than there are.

    The weight memory must be full for the latter, as weights that were never written may be
    illegal.
    """
    config, *others, last = program.config, *program.passes
    longer = []
    blocks = config.vector_depth // config.pe_count
    if sum(entry.blocks for entry in others) + blocks > config.bias_depth:
        longer.append(replace(last, blocks=blocks))
    if sum(entry.beat_count for entry in program.passes) == config.weight_depth:
        longer.append(replace(last, words=last.words + 1))
    runs = []
    for entry in longer:
        words = replace(program, passes=(*others, entry)).load_stream().tolist()
        runs.append((words, sent_packets(others), int(ErrorCode.PROGRAM)))
    return runs


def illegal_programs(program: Program, rng: np.random.Generator) -> list[RefusedRun]:
    """Return load streams, or tiles, of a program with a beat of illegal positions, in every pass.

    It is the first beat of the pass, the last one, or one between them, of the first PE, the last
    one, or one between them.
    """
    config, runs, start = program.config, [], 0
    if config.n == 1 or config.dense:
        return []
    for index, entry in enumerate(program.passes):
        for beat in {0, int(rng.integers(entry.beat_count)), entry.beat_count - 1}:
            for pe in {0, int(rng.integers(config.pe_count)), config.pe_count - 1}:
                weights = program.weights.copy()
                stored = weights[pe, start + beat]
                word = int.from_bytes(stored.astype("<u8").tobytes(), "little")
                illegal = with_illegal_positions(word, config, rng)
                slices = illegal.to_bytes(len(stored) * STREAM_BITS // 8, "little")
                weights[pe, start + beat] = np.frombuffer(slices, dtype="<u8")
                changed = replace(program, weights=weights)
                words = changed.tile_stream() if config.streamed else changed.load_stream()
                before = sent_packets(program.passes[:index])
                runs.append((words.tolist(), before, int(ErrorCode.METADATA)))
        start += entry.beat_count
    return runs
