"""Tiles of streamed weights; oracle: the same network with its weights on chip."""

from itertools import pairwise

import numpy as np
import pytest

from zskip.model.common.bitfields import unpack
from zskip.model.common.errors import InputError
from zskip.model.common.stream import LANES
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.packets import TILE_WORD
from zskip.model.eie.pointers import pass_pointers
from zskip.model.eie.program import plan
from zskip.model.eie.tiles import granule, tile_edges
from zskip.verif.eie.stimulus import random_activations, random_network

LARGE = TINY.replace(spmat_depth=4096, pointer_depth=8192, register_depth=16, pass_count=32)
SMALL = {"streamed": 1, "spmat_depth": 96, "pointer_depth": 128}


@pytest.mark.parametrize(
    "switches", [{}, {"grouped_pointers": 1}, {"lanes": 2}, {"pe_count": 1}, {"free_padding": 0}]
)
def test_outputs_are_those_of_weights_on_chip(switches: dict[str, int], seed: int) -> None:
    on_chip = LARGE.replace(**switches)
    sizes = (60, 50, 30) if on_chip.pe_count == 1 else (200, 90, 30)
    network = random_network(on_chip, sizes, 0.5, seed)
    streamed = ENGINE.recode(network, on_chip.replace(**SMALL))
    activations = random_activations(network.inputs, 3, seed)
    expected, run = ENGINE.run(network, activations), ENGINE.run(streamed, activations)
    assert np.array_equal(run.outputs, expected.outputs)
    for before, behind in zip(expected.layers, run.layers, strict=True):
        for name in ("broadcasts", "entries", "padding"):
            assert np.array_equal(before.counters[name], behind.counters[name])


@pytest.mark.parametrize("grouped", [0, 1])
def test_tiles_fill_a_half(grouped: int, seed: int) -> None:
    config = LARGE.replace(grouped_pointers=grouped, **SMALL)
    network = random_network(config, (200, 90), 0.5, seed)
    program = plan(network)
    assert max(map(len, program.tiles)) > 1
    for tiles, pointers in zip(program.tiles, pass_pointers(network.layers[0].matrix), strict=True):
        edges = tile_edges(pointers, config)
        assert [(tile.first, tile.end) for tile in tiles] == list(pairwise(edges))
        assert [tile.last for tile in tiles] == [*[False] * (len(tiles) - 1), True]
        for tile in tiles:
            assert tile.first % granule(config) == 0
            assert max(words.size for words in tile.spmat) <= config.spmat_depth
            assert tile.pointers.shape[1] // 2 <= config.pointer_words
            word = unpack(TILE_WORD, int(tile.words(config)[-1]))
            assert word["end"] == tile.end
            assert word["first"] * LANES * config.pe_count == tile.first
            assert (word["pointer_base"] + (tile.first >> tile.group_bits)) % (
                1 << config.pair_bits
            ) == 0


def test_weights_on_chip_have_no_tiles(seed: int) -> None:
    program = plan(random_network(LARGE, (60, 30), 0.5, seed))
    assert program.tiles == ()
    assert program.tile_stream().size == 0


def test_what_the_smallest_tile_needs(seed: int) -> None:
    network = random_network(LARGE, (200, 90), 0.5, seed)
    config = LARGE.replace(streamed=1)
    smallest = ENGINE.fit(ENGINE.recode(network, config))
    needed = {memory.field: memory.needed for memory in smallest}
    fitting = config.replace(
        spmat_depth=needed["spmat_depth"], pointer_depth=needed["pointer_depth"]
    )
    ENGINE.check_fit(ENGINE.recode(network, fitting))
    for name in ("spmat_depth", "pointer_depth"):
        less = fitting.replace(**{name: needed[name] - config.pointer_columns})
        with pytest.raises(InputError, match=rf"\({name}\) .*, needed {needed[name]}; use "):
            ENGINE.check_fit(ENGINE.recode(network, less))


def test_scales_are_safe_in_any_order() -> None:
    assert ENGINE.sum_order(10, Config()) is not None
    assert ENGINE.sum_order(10, Config(streamed=1)) is None


def test_structure_has_both_halves() -> None:
    srams = [ENGINE.structure(TINY.replace(streamed=on)).srams for on in (0, 1)]
    counts = [[sram.instances for sram in each] for each in srams]
    assert [b // a for a, b in zip(*counts, strict=True)] == [2, 2, 1, 1, 1]
