"""Memory images and program words; oracle: the words cut apart as Python's integers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.bitlet.config import BITLET, NAMED, Config
from zskip.model.bitlet.engine import ENGINE
from zskip.model.bitlet.images import memories
from zskip.model.bitlet.network import Layer
from zskip.model.bitlet.packets import Target
from zskip.model.bitlet.passes import PASS_WORD_0, PASS_WORD_1
from zskip.model.bitlet.program import Program, plan
from zskip.model.common.bitfields import unpack
from zskip.model.common.stream import LOAD_HEADER
from zskip.verif.bitlet.networks import random_network

INTEGERS, HALF, SINGLE = ("int3", "int9"), ("fp16",), ("fp32",)
SMALL = BITLET.replace(pe_count=2, pairs=16, load_pairs=4, vector_depth=128)
CASES = [
    (SMALL, INTEGERS),
    (SMALL.replace(twos_complement=1, segments=2), INTEGERS),
    (SMALL.replace(segments=1, pe_count=1), INTEGERS),
    (SMALL.replace(segments=24, load_pairs=8), ("int2", "int24")),
    (SMALL, HALF),
    (SMALL.replace(load_pairs=1), SINGLE),
    (NAMED["tiny"], HALF),
]


def pair_weight(bits: int, layer: Layer, row: int, config: Config) -> int:
    """The weight of a row in the bits of a pair."""
    if layer.number:
        return bits % (1 << layer.number.bits)
    lanes = layer.cut(config).lanes
    magnitude = bits >> row * lanes & ((1 << lanes) - 1)
    negative = bits >> config.lanes + row & 1
    if config.twos_complement:
        assert not negative
        return magnitude - (magnitude >> lanes - 1 << lanes)
    return -magnitude if negative else magnitude


def outputs_of(
    program: Program, layer: Layer, config: Config, used: int, turn: int
) -> list[tuple[list[int], int]]:
    """Weights and biases of all outputs of a layer, in the order of rounds, rows and engines."""
    shape = layer.cut(config)
    outputs = []
    for number in range(shape.rounds):
        for row in range(shape.rows):
            for engine in range(config.pe_count):
                weights = []
                first = used + number * shape.groups * config.beats
                for beat in program.weights[engine, first : first + shape.groups * config.beats]:
                    word = sum(int(part) << 64 * index for index, part in enumerate(beat))
                    assert word >> config.word_bits == 0
                    for pair in range(config.load_pairs):
                        bits = word >> pair * config.pair_bits & ((1 << config.pair_bits) - 1)
                        weights.append(pair_weight(bits, layer, row, config))
                outputs.append((weights, int(program.biases[engine, turn + number, row])))
    return outputs


@given(st.sampled_from(CASES), st.integers(0, 1000))
def test_images_hold_the_weights(case: tuple[Config, tuple[str, ...]], seed: int) -> None:
    config, precisions = case
    network = random_network(config, (21, 9, 5), seed, precisions=precisions)
    program = plan(network)
    used = turn = 0
    for layer in network.layers:
        shape = layer.cut(config)
        outputs = outputs_of(program, layer, config, used, turn)
        used, turn = used + shape.steps * config.beats, turn + shape.rounds
        empty = [0] * (shape.groups * config.pairs - layer.inputs)
        for output, (weights, bias) in enumerate(outputs):
            inside = output < layer.outputs
            expected = layer.matrix[output].tolist() if inside else [0] * layer.inputs
            assert weights == expected + empty
            assert bias == (layer.bias[output] if inside else 0)
    assert program.weights.shape == (config.pe_count, used, config.slices)
    assert program.biases.shape == (config.pe_count, turn, config.bias_slices)


@pytest.mark.parametrize(("config", "precisions"), CASES)
def test_contents_fit_the_memories(config: Config, precisions: tuple[str, ...]) -> None:
    program = plan(random_network(config, (21, 9, 5), 1, precisions=precisions))
    for memory in memories(config):
        words = program.contents(memory.name, config.pe_count - 1 if memory.per_pe else 0)
        assert 0 < len(words) <= memory.depth
        assert words.dtype.kind == "i" or int(words.max()) < 1 << memory.bits


def test_passes() -> None:
    network = random_network(
        SMALL, (21, 9, 5), 1, precisions=("int5", "int12"), shift=7, mask_lanes=2
    )
    words = [int(word) for word in plan(network, trace=True).contents("program")]
    assert len(words) == 6
    first, second = words[:3], words[3:]
    assert unpack(PASS_WORD_0, first[0])["outputs"] == 9
    # 3 rows of 2 engines: 2 rounds; 21 inputs are 2 groups of 16.
    assert unpack(PASS_WORD_1, first[1]) == {
        "rounds": 2,
        "groups": 2,
        "format": 0,
        "joined": 0,
        "subtracted": 0,
        "mask": 0b11111100_11111100_11111100,
    }
    assert unpack(PASS_WORD_1, second[1]) == {
        "rounds": 3,
        "groups": 1,
        "format": 0,
        "joined": 1,
        "subtracted": 0,
        "mask": 0xFFFFFC,
    }
    assert [entry.emit_outputs for entry in plan(network).passes] == [False, True]
    assert [entry.shift for entry in plan(network).passes] == [7, 7]
    signed = random_network(SMALL.replace(twos_complement=1), (21, 9), 1)
    assert plan(signed).passes[0].subtracted
    (entry,) = plan(random_network(SMALL, (21, 9), 1, precisions=SINGLE)).passes
    halves = unpack(PASS_WORD_0, int(entry.program_words()[0]))
    assert (halves["outputs"], halves["inputs"], entry.form.places) == (18, 42, 2)


def test_load_stream() -> None:
    network = random_network(SMALL, (9, 5), 1)
    words = [int(word) for word in plan(network).load_stream()]
    headers = []
    while words:
        header = unpack(LOAD_HEADER, words[0])
        headers.append((header["target"], header["pe"], header["words"]))
        words = words[1 + header["words"] :]
    # A round of one group: 4 beats of 128 bits, and 3 biases in places of 4.
    assert headers == [
        (Target.WEIGHTS, 0, 8),
        (Target.BIASES, 0, 4),
        (Target.WEIGHTS, 1, 8),
        (Target.BIASES, 1, 4),
        (Target.PROGRAM, 0, 3),
    ]


def test_input_packets() -> None:
    network = random_network(SMALL, (5, 2), 1)
    packet = ENGINE.input_words(network, np.array([1, -1, 2, 3, 4]))
    header = unpack(LOAD_HEADER, int(packet[0]))
    assert (header["target"], header["words"]) == (Target.ACTIVATIONS, 2)
    assert packet[1:].view(np.int16).tolist() == [1, -1, 2, 3, 4, 0, 0, 0]
    network = random_network(SMALL, (3, 2), 1, precisions=SINGLE)
    packet = ENGINE.input_words(network, np.array([0x3F800000, 0xBF800000, 1]))
    assert packet[1:].view(np.uint16).tolist() == [0, 0x3F80, 0, 0xBF80, 1, 0, 0, 0]


@pytest.mark.parametrize(("config", "precisions"), CASES)
def test_every_pass_ends_within_its_limit(config: Config, precisions: tuple[str, ...]) -> None:
    config = config.replace(banks=1, invert=0)
    network = random_network(config, (21, 9, 5), 1, precisions=precisions)
    full = tuple(
        layer
        if layer.number
        else replace(layer, matrix=np.full(layer.shape, (1 << layer.precision.bits - 1) - 1))
        for layer in network.layers
    )
    network = replace(network, layers=full)
    activations = np.ones((1, 21), dtype=np.int64)
    timing = ENGINE.timing(network, ENGINE.run(network, activations))
    for (counters,), limit in zip(timing, plan(network).cycle_limits, strict=True):
        assert counters.central["cycles"][0] < limit
