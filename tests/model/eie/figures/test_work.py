"""Work of a layer; oracle: the golden model's counters."""

import numpy as np
import pytest

from zskip.model.common.benchmark import draw, find
from zskip.model.eie.accelerator import run
from zskip.model.eie.compressor.recode import build, recode, with_accumulators, with_memories
from zskip.model.eie.config import PAPER, Config
from zskip.model.eie.figures.work import word_reads, work


@pytest.mark.parametrize("pe_count", [1, 4, 64])
@pytest.mark.parametrize("name", ["VGG-6", "NT-We"])
def test_work_is_what_the_golden_model_counts(name: str, pe_count: int) -> None:
    layer = find(name).scaled(1 / 16)
    config = with_accumulators(PAPER.replace(pe_count=pe_count), layer.outputs)
    drawn = draw(layer, 1, 16)
    made = build((drawn.layer,), config)
    network = recode(made, with_memories(made))
    activations = drawn.activations
    activations = np.concatenate((activations, activations // 300, activations * 0))
    counters = run(network, activations).layers[0].counters
    activations = network.select(activations)
    counted = work(network.layers[0].matrix, activations)
    assert counted.entries.tolist() == counters["entries"].tolist()
    assert counted.padding.tolist() == counters["padding"].tolist()
    assert counted.columns.tolist() == np.count_nonzero(activations, axis=1).tolist()
    assert counted.limit(pe_count)[2] == 0
    reads = word_reads(network.layers[0].matrix, activations, config.entries_per_word)
    assert reads.tolist() == counters["spmat_reads"].tolist()


def test_blocks_of_rows_count_together() -> None:
    layer = find("Alex-7").scaled(1 / 16)
    drawn = draw(layer, 1, 16)
    config = Config(pe_count=4, register_depth=256)
    network = build((drawn.layer,), config)
    activations = network.select(drawn.activations)
    whole = network.layers[0].matrix
    cut = build((drawn.layer,), config.replace(register_depth=16)).layers[0].matrix
    assert cut.blocks == 4
    assert work(cut, activations).macs == work(whole, activations).macs
    assert work(cut, activations).padding <= work(whole, activations).padding
    assert work(cut, activations).columns == work(whole, activations).columns
