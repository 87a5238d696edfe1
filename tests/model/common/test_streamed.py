"""Streamed weights of the engines that read them in order; oracle: the same weights on chip."""

from itertools import pairwise

import numpy as np
import pytest

import zskip
from zskip.engines import engine

ENGINES = ("nm", "bitlet")


@pytest.mark.parametrize("name", ENGINES)
def test_only_the_memories_of_weights_differ(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    layers = [(rng.normal(size=(o, i)), np.zeros(o)) for i, o in pairwise((30, 20, 9))]
    inputs = rng.uniform(-1, 1, size=(8, 30))
    config = zskip.config("tiny", engine=name)
    on_chip = zskip.compress(layers, inputs=inputs, config=config).network
    model = engine(name)
    streamed = model.recode(on_chip, config.replace(streamed=1, weight_depth=3))
    model.check_fit(streamed)
    vectors = on_chip.quantize_inputs(inputs)
    expected, run = model.run(on_chip, vectors), model.run(streamed, vectors)
    assert np.array_equal(run.outputs, expected.outputs)
    timings = [model.timing(*each) for each in ((on_chip, expected), (streamed, run))]
    for before, behind in zip(*timings, strict=True):
        assert np.array_equal(before[0]["cycles"], behind[0]["cycles"])
    program = model.plan(on_chip)
    assert program.tile_stream().size == 0
    words = model.plan(streamed)
    assert words.load_stream().size < program.load_stream().size
    assert words.tile_stream().size > program.load_stream().size - words.load_stream().size


@pytest.mark.parametrize("name", ENGINES)
def test_memories_of_weights_are_there_twice(name: str) -> None:
    model, config = engine(name), zskip.config("tiny", engine=name)
    bits = [
        sum(sram.depth * sram.bits * sram.instances for sram in model.structure(each).srams)
        for each in (config, config.replace(streamed=1))
    ]
    weights = [memory for memory in model.memories(config) if memory.name.startswith("weights")]
    assert bits[1] - bits[0] == sum(each.depth * each.bits for each in weights) * config.pe_count
    filled = {memory.name for memory in model.memories(config.replace(streamed=1))}
    assert not filled & {memory.name for memory in weights}


def test_engines_in_different_tiles_are_refused() -> None:
    with pytest.raises(zskip.InputError, match="streamed=1 must come with decoupled=0, not"):
        zskip.config("tiny", engine="bitlet", streamed=1, decoupled=1, skew=2)
