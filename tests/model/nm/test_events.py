"""Events of the array; oracle: sizes by hand."""

import numpy as np

from zskip.model.common.counters import Counters
from zskip.model.common.events import ADD, MULTIPLY
from zskip.model.nm.config import NAMED
from zskip.model.nm.events import layer_events
from zskip.model.nm.structure import structure


def test_events_by_hand() -> None:
    """20 outputs of 40 inputs on 8 rows of 16 activations a cycle, at 2 beats for each word."""
    config = NAMED["nm_2_4"]
    blocks, words, beats = 3, 3, 2
    counters = Counters(
        central={"cycles": np.array([30, 30]), "beats": np.full(2, blocks * words * beats)}
    )
    events = layer_events(blocks, blocks * words, counters, config)
    memories = {memory.name: memory for memory in events.memories}
    assert [memory.name for memory in events.memories].count("weights") == 2
    weights, biases = memories["weights"], memories["biases"]
    # 8 slots of 8 bits and a position of 2 are 80 bits: memories of 64 and of 16.
    assert [m.width for m in events.memories if m.name == "weights"] == [64, 16]
    assert (weights.instances, weights.reads.tolist()) == (8, [8 * 18] * 2)
    assert (biases.instances, biases.reads.tolist()) == (8, [8 * 3] * 2)
    halves = memories["activations"]
    assert (halves.depth, halves.width, halves.instances) == (1024 // 16, 16 * 16, 2)
    assert (halves.reads.tolist(), halves.writes.tolist()) == ([9, 9], [3, 3])
    assert memories["program"].instances == 1
    operations = [(op.kind, op.bits, op.done.tolist()) for op in events.operations]
    products = 8 * 18 * 8
    assert operations == [
        (MULTIPLY, 8, [products] * 2),
        (ADD, 16, [products - 8 * 18] * 2),
        (ADD, 32, [8 * 18] * 2),
    ]


def test_banks_of_inputs_are_as_large_as_halves() -> None:
    config = NAMED["tiny"].replace(double_input=1)
    counters = Counters(central={"cycles": np.array([9]), "beats": np.array([2])})
    memories = layer_events(1, 2, counters, config).memories
    (vectors,) = (memory for memory in memories if memory.name == "activations")
    assert (vectors.depth, vectors.width, vectors.instances) == (64 // 4, 4 * 16, 4)
    srams = structure(config).srams
    assert sum(sram.instances for sram in srams) == sum(memory.instances for memory in memories)
