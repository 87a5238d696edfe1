"""Memory images and the pass table; oracles: images decoded by shifts, the limits themselves."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.errors import InputError
from zskip.model.common.scale import LayerScale
from zskip.model.eie.config import RANGES, TINY, Config
from zskip.model.eie.encoding import decode, encode
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.fit import check_fit, requirements
from zskip.model.eie.network import Layer, Network
from zskip.model.eie.packets import Target
from zskip.model.eie.passes import Pass, local_depth, pass_words
from zskip.model.eie.program import Program, plan

MakeNetwork = Callable[..., Network]

SIZES = (30, 21, 18, 7)

CONFIGS = {
    "four": TINY,
    "one": TINY.replace(pe_count=1, spmat_depth=2048, bias_depth=128),
    "two": TINY.replace(pe_count=2),
    "sixteen": TINY.replace(pe_count=16),
    "narrow": TINY.replace(weight_bits=2, run_bits=1, entries_per_word=16),
    "odd": TINY.replace(weight_bits=5, run_bits=2, entries_per_word=4),
    "wide": TINY.replace(weight_bits=8, run_bits=8, entries_per_word=4, acc_bits=48),
    "single": TINY.replace(entries_per_word=1),
    "blocks": TINY.replace(register_depth=2, pass_count=16),
}


def entries_of_column(program: Program, pe: int, pair_base: int, column: int) -> list[int]:
    """Oracle: a column's entries by way of its two pointers."""
    pointers = program.pointers[pe].tolist()
    start, end = pointers[2 * pair_base + column], pointers[2 * pair_base + column + 1]
    words, config = program.spmat[pe].tolist(), program.config
    per_word, bits = config.entries_per_word, config.weight_bits + config.run_bits
    return [
        words[e // per_word] >> bits * (e % per_word) & ((1 << bits) - 1) for e in range(start, end)
    ]


def passes_of_layers(program: Program) -> list[list[Pass]]:
    """Deal the passes out to their layers."""
    layers: list[list[Pass]] = [[]]
    for entry in program.passes:
        layers[-1].append(entry)
        if entry.swap:
            layers.append([])
    assert not layers.pop()
    return layers


def decoded(program: Program, passes: list[Pass]) -> np.ndarray:
    """Oracle: the matrix of codes of a layer, read back from the images."""
    config, first = program.config, passes[0]
    codes = np.zeros((first.outputs, first.inputs), dtype=np.uint8)
    for entry, pe, column in product(passes, range(config.pe_count), range(first.inputs)):
        row = entry.row_base - 1
        for packed in entries_of_column(program, pe, entry.pointer_base, column):
            row += (packed >> config.weight_bits) + 1
            code = packed & ((1 << config.weight_bits) - 1)
            if code:
                assert row < entry.row_base + entry.rows
                codes[row * config.pe_count + pe, column] = code
    return codes


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_images_decode_back(config: Config, make_network: MakeNetwork) -> None:
    network = make_network(config, SIZES)
    program = plan(network)
    for layer, passes in zip(network.layers, passes_of_layers(program), strict=True):
        np.testing.assert_array_equal(decoded(program, passes), decode(layer.matrix))
        for output in range(layer.outputs):
            row, pe = divmod(output, config.pe_count)
            (entry,) = (e for e in passes if e.row_base <= row < e.row_base + e.rows)
            local = entry.bias_base + row - entry.row_base
            assert program.bias[pe, local] == layer.bias[output]


def test_tall_layers_are_cut_into_even_passes(make_network: MakeNetwork) -> None:
    config = TINY.replace(register_depth=4, pass_count=16)
    program = plan(make_network(config, (30, 42, 7)), trace=True)
    assert [(entry.row_base, entry.rows) for entry in program.passes] == [
        (0, 4),
        (4, 4),
        (8, 3),
        (0, 2),
    ]
    assert [entry.swap for entry in program.passes] == [False, False, True, True]
    assert [entry.emit_outputs for entry in program.passes] == [False, False, True, True]
    assert [entry.emit_counters for entry in program.passes] == [True] * 4
    assert [entry.last for entry in program.passes] == [False, False, False, True]


@pytest.mark.parametrize("trace", [False, True])
def test_pass_table(trace: bool, make_network: MakeNetwork) -> None:
    network = make_network(TINY, SIZES)
    program = plan(network, trace=trace)
    words = program.program_words().tolist()
    assert len(words) == len(network.layers) * pass_words(TINY)
    pointer_base = bias_base = 0
    for index, layer in enumerate(network.layers):
        first, second, *book = words[index * pass_words(TINY) : (index + 1) * pass_words(TINY)]
        last = index == len(network.layers) - 1
        assert first & 0xFFFFFF == layer.outputs
        assert first >> 24 & 0xFFFFFF == layer.inputs
        assert first >> 48 & 0x3F == layer.scale.shift
        assert first >> 56 & 1 == layer.relu
        assert first >> 57 & 1 == (trace or last)
        assert first >> 58 & 1 == trace
        assert first >> 59 & 1 == 1
        assert first >> 60 & 1 == last
        assert first >> 61 == 1
        assert second & 0x3FFFF == pointer_base
        assert second >> 18 & 0x3FFFF == bias_base
        assert second >> 36 & 0x3FFF == 0
        assert second >> 50 == -(-layer.outputs // TINY.pe_count)
        values = [word >> 16 * lane & 0xFFFF for word in book for lane in range(4)]
        assert values == (layer.codebook & 0xFFFF).tolist()
        pointer_base += layer.inputs // 2 + 1
        bias_base += -(-layer.outputs // TINY.pe_count)


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_passes_stay_below_their_cycle_limits(config: Config, make_network: MakeNetwork) -> None:
    network = make_network(config, SIZES, density=0.6)
    activations = np.outer([0, 1], np.ones(SIZES[0], dtype=np.int64))
    layers = ENGINE.timing(network, ENGINE.run(network, activations))
    cycles = [passed["cycles"].max() for layer in layers for passed in layer]
    limits = plan(network).cycle_limits
    assert all(taken < limit for taken, limit in zip(cycles, limits, strict=True))


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_load_stream_fills_the_memories(config: Config, make_network: MakeNetwork) -> None:
    program = plan(make_network(config, SIZES))
    stream = program.load_stream().tolist()
    memories: dict[tuple[int, int], list[int]] = {}
    while stream:
        header, *stream = stream
        count = header >> 44
        assert header >> 24 & 0xFFFFF == 0
        memories[header & 0xFF, header >> 8 & 0xFFFF] = stream[:count]
        stream = stream[count:]
    for pe in range(config.pe_count):
        pairs = memories[Target.POINTERS, pe]
        halves = [half for pair in pairs for half in (pair & 0xFFFFFFFF, pair >> 32)]
        assert halves == program.pointers[pe].tolist()
        assert memories[Target.SPMAT, pe] == program.spmat[pe].tolist()
        signed = np.array(memories[Target.BIAS, pe], dtype=np.uint64).astype(np.int64)
        np.testing.assert_array_equal(signed, program.bias[pe])
    assert memories[Target.PROGRAM, 0] == program.program_words().tolist()
    assert len(memories) == 3 * config.pe_count + 1


def test_layers_start_at_word_boundaries(make_network: MakeNetwork) -> None:
    network = make_network(TINY, SIZES)
    program = plan(network)
    for entry in program.passes:
        starts = program.pointers[:, 2 * entry.pointer_base]
        assert not np.any(starts % TINY.entries_per_word)
    assert not program.pointers.shape[1] % 2


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
def test_requirements_are_the_sizes_of_the_images(
    config: Config, make_network: MakeNetwork
) -> None:
    program = plan(make_network(config, SIZES))
    assert requirements(make_network(config, SIZES)) == {
        "activation_depth": {1: 32, 2: 16, 4: 8, 16: 4}[config.pe_count],
        "spmat_depth": max(words.size for words in program.spmat),
        "pointer_depth": program.pointers.shape[1],
        "bias_depth": program.bias.shape[1],
        "pass_count": len(program.passes),
    }


@pytest.mark.parametrize("length", range(1, 10))
def test_local_depth(length: int) -> None:
    for pe_count in (1, 2, 4, 8):
        most = max(len(range(pe, length, pe_count)) for pe in range(pe_count))
        assert local_depth(length, TINY.replace(pe_count=pe_count)) == most


FIELDS = {
    "activation_depth": "activations in a half of the activation SRAM",
    "spmat_depth": "sparse-matrix words",
    "pointer_depth": "column pointers",
    "bias_depth": "biases",
    "pass_count": "passes",
}


@pytest.mark.parametrize("field", FIELDS)
def test_each_limit_is_named_with_what_would_fit(field: str, make_network: MakeNetwork) -> None:
    network = make_network(TINY, SIZES, density=0.9)
    needed = requirements(network)[field]
    step = {"pointer_depth": 2, "activation_depth": needed // 2}.get(field, 1)
    tight = replace(network, config=TINY.replace(**{field: needed}))
    assert len(plan(tight).passes) == len(SIZES) - 1
    small = replace(network, config=TINY.replace(**{field: needed - step}))
    with pytest.raises(InputError) as caught:
        plan(small)
    assert str(caught.value) == (
        "the network must fit the 4 PEs of the configuration, which hold in each PE: "
        f"{FIELDS[field]} ({field}) {needed - step}, needed {needed}; use "
        f"{'' if field in ('pointer_depth', 'pass_count') else '8 PEs, or '}--set {field}={needed}"
    )


def suggested(message: str) -> dict[str, int]:
    """Take the settings out of a message."""
    return {name: int(value) for name, value in re.findall(r"--set (\w+)=(\d+)", message)}


@given(
    st.sampled_from([1, 2, 4, 8, 16]),
    st.lists(st.integers(1, 60), min_size=2, max_size=5),
    st.integers(0, 10),
)
def test_what_is_suggested_fits(pe_count: int, sizes: list[int], seed: int) -> None:
    config = Config(
        pe_count=pe_count,
        spmat_depth=1,
        pointer_depth=2,
        bias_depth=1,
        register_depth=4,
        activation_depth=4,
        pass_count=1,
    )
    network = chain(config, sizes, seed)
    try:
        check_fit(network)
    except InputError as error:
        changes = suggested(str(error))
        assert changes
        network = replace(network, config=config.replace(**changes))
        network.check()
    plan(network)


def chain(config: Config, sizes: list[int], seed: int) -> Network:
    """Make a chain of layers whose codes are random."""
    rng = np.random.default_rng(seed)
    layers = [
        Layer(
            name=f"fc{index}",
            matrix=encode(rng.integers(0, 16, (outputs, inputs)).astype(np.uint8), config),
            codebook=np.arange(16),
            bias=np.zeros(outputs, dtype=np.int64),
            relu=True,
            scale=LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0),
        )
        for index, (inputs, outputs) in enumerate(pairwise(sizes))
    ]
    return Network(config=config, layers=tuple(layers))


def test_what_no_array_of_so_many_pes_holds() -> None:
    config = TINY.replace(pe_count=1, pointer_depth=65536)
    most = RANGES["activation_depth"][1]
    network = chain(config.replace(activation_depth=most), [most + 1, 1], 0)
    with pytest.raises(InputError) as caught:
        check_fit(network)
    assert str(caught.value) == (
        "the network must fit the 1 PEs of the configuration, which hold in each PE: activations "
        "in a half of the activation SRAM (activation_depth) 16384, needed 32768, sparse-matrix "
        "words (spmat_depth) 512, needed 1917; use 2 PEs with "
        "--set spmat_depth=1917"
    )
