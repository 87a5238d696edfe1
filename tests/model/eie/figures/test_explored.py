"""Counters of a layer without a run; oracle: the golden model and the cycle model."""

import numpy as np
import pytest

from zskip.model.common.benchmark import draw, find
from zskip.model.common.cost import layer_cost
from zskip.model.common.counters import summed
from zskip.model.eie.config import PAPER, TINY, TUNED, WIDE, Config
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.figures.explored import WIDTHS


@pytest.mark.parametrize("config", [PAPER, TUNED, WIDE, TINY.replace(register_depth=16)])
def test_counters_are_those_of_a_run(config: Config) -> None:
    drawn = draw(find("VGG-7").scaled(1 / 16), 1, config.codebook_size)
    network = ENGINE.encode((drawn.layer,), config)
    network = ENGINE.recode(network, ENGINE.enlarged(network, ("register_depth",)))
    activations = np.concatenate((drawn.activations, 0 * drawn.activations))
    run = ENGINE.run(network, activations)
    oracle = summed(ENGINE.timing(network, run)[0])
    found = ENGINE.layer_counters(network, activations)
    names = {*oracle.central, *oracle.per_pe} - {"saturations", "overflows"}
    assert {*found.central, *found.per_pe} == names
    assert all(found[name].tolist() == oracle[name].tolist() for name in names)
    layer, config = network.layers[0], network.config
    costs = [layer_cost(ENGINE, layer, run.inputs, given, config) for given in (found, oracle)]
    assert costs[0].energy == costs[1].energy
    assert costs[0].utilization == costs[1].utilization


def test_own_columns_are_those_of_a_run() -> None:
    drawn = draw(find("NT-LSTM").scaled(1 / 16), 1, PAPER.codebook_size)
    network = ENGINE.encode((drawn.layer,), PAPER.replace(pe_count=4, register_depth=64))
    network = ENGINE.recode(network, ENGINE.enlarged(network, ()))
    run = ENGINE.run(network, drawn.activations)
    counters = summed(ENGINE.timing(network, run)[0])
    found = ENGINE.explored(network, run.sources, counters)
    cycles, entries, padding = (int(counters[name][0]) for name in ("cycles", "entries", "padding"))
    assert found["real_work"] == (entries - padding) / entries
    assert found["balance"] == entries / (4 * cycles)
    assert found["reads_64"] == counters["spmat_reads"][0]
    reads = [found[f"reads_{width}"] for width in WIDTHS]
    assert reads == sorted(reads, reverse=True)
    assert found["switch_bits"] == 0
