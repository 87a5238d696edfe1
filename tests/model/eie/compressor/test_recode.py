"""Networks for other arrays; oracle: the dense weights and the golden model's outputs."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from zskip.model.common.dense import dense_layers
from zskip.model.common.errors import InputError
from zskip.model.eie.accelerator import run
from zskip.model.eie.compressor.recode import recode, with_accumulators, with_memories
from zskip.model.eie.config import PAPER, RANGES, TINY, Config
from zskip.model.eie.fit import check_fit, requirements
from zskip.model.eie.network import Network

MakeNetwork = Callable[..., Network]
SIZES = (60, 40, 9)


@pytest.mark.parametrize(
    "config",
    [TINY.replace(pe_count=1), TINY.replace(pe_count=16), TINY.replace(weight_bits=6,
     entries_per_word=4, run_bits=3)],
)  # fmt: skip
def test_another_array_gives_the_same_outputs(make_network: MakeNetwork, config: Config) -> None:
    network = replace(make_network(TINY, SIZES), ending="Softmax")
    other = recode(network, config)
    assert other.ending == "Softmax"
    activations = np.random.default_rng(1).integers(-3000, 3000, (3, SIZES[0]))
    assert other.config == config
    assert other.input_scale == network.input_scale
    expected = run(network, activations).outputs
    assert np.array_equal(run(other, activations).outputs, expected)
    rows = [layer.rows for layer in other.layers]
    for left, right, kept in zip(dense_layers(network), dense_layers(other), rows, strict=True):
        assert np.array_equal(left.weights[kept], right.weights[kept])


def test_the_same_array_gives_the_same_network(make_network: MakeNetwork) -> None:
    network = make_network(TINY, SIZES)
    assert recode(network, TINY) is network


def test_too_many_shared_weights_are_refused(make_network: MakeNetwork) -> None:
    network = make_network(TINY, SIZES)
    with pytest.raises(
        InputError, match=r"'fc1' must have at most 8 shared weights, .* not 16: set"
    ):
        recode(network, TINY.replace(weight_bits=3))


def test_memories_grow_to_hold_a_network(make_network: MakeNetwork) -> None:
    small = Config(pe_count=1, spmat_depth=4, pointer_depth=2, bias_depth=1)
    network = make_network(small, SIZES)
    with pytest.raises(InputError, match="must fit"):
        check_fit(network)
    grown = recode(network, with_memories(network))
    check_fit(grown)
    for name in requirements(network):
        assert getattr(grown.config, name) >= getattr(small, name)
    assert with_memories(grown) == grown.config
    kept = recode(network, with_memories(network, keep=("spmat_depth",)))
    assert kept.config.spmat_depth == 4
    assert kept.config.bias_depth == grown.config.bias_depth


def test_memories_grow_to_the_largest_and_no_further(
    make_network: MakeNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RANGES, "bias_depth", (1, 16))
    network = make_network(Config(pe_count=1, bias_depth=8), SIZES)
    assert with_memories(network).bias_depth == 16


def test_accumulators_of_few_pes() -> None:
    assert with_accumulators(PAPER, 8791) == PAPER
    assert with_accumulators(PAPER.replace(pe_count=1), 8791).register_depth == 4096
    assert with_accumulators(PAPER.replace(pe_count=4), 600).register_depth == 150
    assert with_accumulators(PAPER.replace(pe_count=4), 8).register_depth == 64
    assert with_accumulators(PAPER.replace(pe_count=4), 600, ("register_depth",)) == PAPER.replace(
        pe_count=4
    )
