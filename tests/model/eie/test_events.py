"""Events of the array; oracles: the golden model's matrices, and memories listed by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from zskip.model.common.counters import Counters, summed
from zskip.model.common.energy import published
from zskip.model.common.events import ADD, MULTIPLY
from zskip.model.eie.config import PAPER, TINY
from zskip.model.eie.encoding import decode
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.events import layer_events
from zskip.model.eie.network import Network
from zskip.verif.eie.stimulus import random_activations

MakeNetwork = Callable[..., Network]


@pytest.mark.parametrize(("depth", "lanes"), [(4, 1), (64, 1), (64, 4)])
def test_events_of_a_layer(make_network: MakeNetwork, seed: int, depth: int, lanes: int) -> None:
    config = TINY.replace(register_depth=depth, lanes=lanes)
    network = make_network(config, (40, 60), seed=seed, density=0.3)
    activations = random_activations(40, 3, seed)
    run = ENGINE.run(network, activations)
    (layer,), (passes,) = network.layers, ENGINE.timing(network, run)
    counters = summed(passes)
    events = ENGINE.events(layer, run.inputs, counters, config)
    reads = {memory.name: memory.reads.tolist() for memory in events.memories}
    writes = {memory.name: memory.writes.tolist() for memory in events.memories}
    counted = np.stack([np.count_nonzero(decode(layer.matrix)[:, x != 0]) for x in run.inputs])
    rows = 60
    blocks = 4 if depth == 4 else 1
    assert len(passes) == blocks
    assert reads["sparse matrix"] == counters["spmat_reads"].tolist()
    assert reads["pointers"] == counters["pointer_reads"].tolist()
    assert reads["biases"] == [rows] * 3
    # 10 activations of each of 4 PEs are 3 words, scanned in every pass.
    assert reads["activations"] == [4 * 3 * blocks] * 3
    assert writes["activations"] == [rows] * 3
    assert reads["program"] == [6 * blocks] * 3
    assert all(not any(count) for name, count in writes.items() if name != "activations")
    operations = {op.kind: op.done.tolist() for op in events.operations}
    assert operations[MULTIPLY] == counted.tolist()
    assert operations[ADD] == (counted + rows * (1 if lanes == 1 else 2)).tolist()
    assert events.cycles.tolist() == counters["cycles"].tolist()


@pytest.mark.parametrize("banks", [0, 1])
def test_every_sram_of_the_array_is_listed(make_network: MakeNetwork, banks: int) -> None:
    """The memories of a program, the activations, and the banks of inputs."""
    config = TINY.replace(double_input=banks)
    network = make_network(config, (8, 8))
    run = ENGINE.run(network, random_activations(8, 1, 1))
    counters = summed(ENGINE.timing(network, run)[0])
    events = ENGINE.events(network.layers[0], run.inputs, counters, config)
    sizes = {(m.depth, m.width): m.instances for m in events.memories}
    filled = {(m.depth, m.bits) for m in ENGINE.memories(config)}
    assert sizes.keys() - filled == {(2 * 64 // 4, 64), *[(64 // 4, 64)] * banks}
    assert sum(sizes.values()) == 4 * (5 + 2 * banks) + 1
    structure = ENGINE.structure(config)
    assert sum(sram.instances for sram in structure.srams) == sum(sizes.values())


def test_a_busy_pe_takes_the_power_of_the_papers() -> None:
    """Table II: 9.157 mW of a PE at 800 MHz, 5.416 of it in memories.

    A PE that adds an entry in each cycle reads a word and two pointers every 8 cycles.
    """
    counts = {"entries": 8000, "padding": 0, "spmat_reads": 1000, "pointer_reads": 2000}
    counters = Counters(
        central={"cycles": np.array([8000])},
        per_pe={name: np.array([[count]]) for name, count in counts.items()},
    )
    config = PAPER.replace(pe_count=1, pointer_depth=16384)
    energy = published().energy(layer_events(0, 0, 0, counters, config))
    microseconds = 8000 / 800
    memories = energy.parts["sparse matrix"] + energy.parts["pointers"]
    assert memories / microseconds == pytest.approx(5.416, rel=0.1)
    assert energy.total / microseconds == pytest.approx(9.157, rel=0.2)
