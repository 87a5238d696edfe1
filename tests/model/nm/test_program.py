"""Memory images and program words; oracle: the words cut apart as Python's integers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.bitfields import unpack
from zskip.model.common.stream import LOAD_HEADER
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.images import memories
from zskip.model.nm.network import Network
from zskip.model.nm.packets import Target, input_packet
from zskip.model.nm.passes import PASS_WORD_0, PASS_WORD_1, pass_words
from zskip.model.nm.program import Program, plan
from zskip.verif.nm.stimulus import random_network

CONFIGS = st.sampled_from(
    [
        *NAMED.values(),
        Config(n=3, m=8, groups=1, weight_bits=16, pe_count=4, vector_depth=64),
        Config(n=1, m=16, groups=2, weight_bits=4, pe_count=1, vector_depth=64),
        Config(n=16, m=16, groups=4, weight_bits=16, pe_count=2, vector_depth=64),
        Config(n=5, m=8, groups=8, weight_bits=16, pe_count=1, vector_depth=64),
    ]
)


def weights_of(program: Program, network: Network) -> list[np.ndarray]:
    """Rebuild the weights of every layer from the beats of all PEs."""
    config = network.config
    used = [0] * config.pe_count
    matrices = []
    for entry, layer in zip(program.passes, network.layers, strict=True):
        matrix = np.zeros((entry.blocks * config.pe_count, entry.words * config.window), int)
        for pe in range(config.pe_count):
            for block, word, _ in np.ndindex(entry.blocks, entry.words, entry.beats):
                row = matrix[block * config.pe_count + pe]
                beat = sum(
                    int(part) << 64 * index
                    for index, part in enumerate(program.weights[pe, used[pe]])
                )
                used[pe] += 1
                for slot in range(config.slots):
                    bits = beat >> slot * config.entry_bits
                    value = bits % (1 << config.weight_bits)
                    position = bits % (1 << config.entry_bits) >> config.weight_bits
                    if config.dense:
                        position = slot % config.n
                    if layer.codebook.size:
                        value = int(layer.codebook[value])
                    elif value >> config.weight_bits - 1:
                        value -= 1 << config.weight_bits
                    group = word * config.groups + slot // config.n
                    row[group * config.m + position] += value
                assert beat >> config.word_bits == 0
        assert not matrix[layer.outputs :].any()
        assert not matrix[:, layer.inputs :].any()
        matrices.append(matrix[: layer.outputs, : layer.inputs])
    assert used == [program.weights.shape[1]] * config.pe_count
    return matrices


@given(CONFIGS, st.integers(0, 1000))
def test_images_hold_the_weights(config: Config, seed: int) -> None:
    network = random_network(config, (21, 9, 5), seed, beats=(1, config.max_beats))
    program = plan(network)
    for given_weights, layer in zip(weights_of(program, network), network.layers, strict=True):
        np.testing.assert_array_equal(given_weights, layer.weights())
    biases = np.concatenate([layer.bias for layer in network.layers])
    assert program.biases.sum() == biases.sum()
    first = network.layers[0]
    for output in range(first.outputs):
        pe, block = output % config.pe_count, output // config.pe_count
        assert program.biases[pe, block] == first.bias[output]


@pytest.mark.parametrize("name", NAMED)
def test_contents_fit_the_memories(name: str) -> None:
    config = NAMED[name]
    program = plan(random_network(config, (21, 9, 5), 1))
    kinds = memories(config)
    for memory in kinds:
        words = program.contents(memory.name, config.pe_count - 1 if memory.per_pe else 0)
        assert len(words) <= memory.depth
        assert words.dtype.kind == "i" or int(words.max()) < 1 << memory.bits
    widths = [memory.bits for memory in kinds if memory.name.startswith("weights_")]
    assert sum(widths) == config.word_bits


@pytest.mark.parametrize("trace", [False, True])
@pytest.mark.parametrize("name", ["nm_2_4", "nm_2_4_codebook"])
def test_program_words(name: str, trace: bool) -> None:
    config = NAMED[name]
    network = random_network(config, (21, 9, 5), 1, beats=(2, 1), shift=7)
    words = [int(word) for word in plan(network, trace=trace).contents("program")]
    length = pass_words(config)
    assert len(words) == 2 * length == 2 * (6 if config.shares_weights else 3)
    assert unpack(PASS_WORD_0, words[0]) == {
        "outputs": 9,
        "inputs": 21,
        "shift": 7,
        "relu": 1,
        "emit_outputs": int(trace),
        "emit_counters": int(trace),
        "swap": 1,
        "last": 0,
    }
    assert unpack(PASS_WORD_1, words[1]) == {"blocks": 2, "words": 2, "beats": 2}
    assert unpack(PASS_WORD_1, words[length + 1]) == {"blocks": 1, "words": 1, "beats": 1}
    last = unpack(PASS_WORD_0, words[length])
    assert (last["last"], last["relu"], last["emit_outputs"], last["inputs"]) == (1, 0, 1, 9)
    if config.shares_weights:
        codebook = np.array(words[2:6], dtype=np.uint64).view(np.int16)
        assert codebook.tolist() == network.layers[0].codebook.tolist()


def test_load_stream() -> None:
    config = NAMED["tiny"]
    program = plan(random_network(config, (9, 5), 1))
    words = [int(word) for word in program.load_stream()]
    headers = []
    while words:
        header = unpack(LOAD_HEADER, words[0])
        headers.append((header["target"], header["pe"], header["words"]))
        words = words[1 + header["words"] :]
    beats = 3 * 3
    assert headers == [
        (Target.WEIGHTS, 0, beats),
        (Target.BIASES, 0, 3),
        (Target.WEIGHTS, 1, beats),
        (Target.BIASES, 1, 3),
        (Target.PROGRAM, 0, 3),
    ]
    packet = input_packet(np.array([1, -1, 2, 3, 4]))
    header = unpack(LOAD_HEADER, int(packet[0]))
    assert (header["target"], header["words"]) == (Target.ACTIVATIONS, 2)
    assert packet[1:].view(np.int16).tolist() == [1, -1, 2, 3, 4, 0, 0, 0]
