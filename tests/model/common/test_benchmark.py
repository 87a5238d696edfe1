"""The benchmark's layers; oracle: the paper's table III, and counting."""

import numpy as np
import pytest

from zskip.model.common.benchmark import LAYERS, NAMES, draw, find, ramp_codebook
from zskip.model.common.errors import InputError
from zskip.model.eie.accelerator import run
from zskip.model.eie.compressor.recode import (
    build,
    fixed_layers,
    recode,
    with_accumulators,
    with_memories,
)
from zskip.model.eie.config import PAPER, TINY, TUNED

SMALL = 1 / 32


def test_the_layers_are_the_papers() -> None:
    assert sum(layer.inputs * layer.outputs for layer in LAYERS) == 192_870_216


@pytest.mark.parametrize("name", NAMES)
def test_densities(name: str) -> None:
    layer = find(name).scaled(1 / 8)
    drawn = draw(layer, 1, 16)
    assert drawn.layer.codes.shape == (layer.outputs, layer.inputs)
    share = np.count_nonzero(drawn.layer.codes) / drawn.layer.codes.size
    assert share == pytest.approx(layer.weight_density, rel=0.1)
    nonzero = np.count_nonzero(drawn.activations) / drawn.activations.size
    assert nonzero == pytest.approx(layer.activation_density, abs=0.5 / layer.inputs)
    assert drawn.activations.min() >= 0


def test_every_code_is_as_frequent() -> None:
    codes = draw(find("NT-Wd"), 1, 16).layer.codes
    counts = np.bincount(codes[codes > 0], minlength=16)[1:]
    assert counts.size == 15
    assert np.ptp(counts) < 0.05 * counts.mean()


def test_a_seed_gives_one_draw_and_another_seed_another() -> None:
    layer = find("Alex-7").scaled(SMALL)
    first, again, other = draw(layer, 3, 16), draw(layer, 3, 16), draw(layer, 4, 16)
    for left, right, same in ((first, again, True), (first, other, False)):
        assert np.array_equal(left.layer.codes, right.layer.codes) == same
        assert np.array_equal(left.layer.bias, right.layer.bias) == same
        assert np.array_equal(left.activations, right.activations) == same


def test_narrow_values_stand_where_wide_ones_do() -> None:
    layer = find("Alex-7").scaled(SMALL)
    wide, narrow = draw(layer, 1, 16), draw(layer, 1, 1 << 16, 8)
    assert np.array_equal(narrow.layer.weights != 0, wide.layer.weights != 0)
    assert np.array_equal(narrow.activations != 0, wide.activations != 0)
    assert np.abs(narrow.layer.weights).max() == 126
    assert narrow.activations.max() <= 127


def test_no_configuration_changes_the_matrix() -> None:
    layer = find("Alex-7").scaled(SMALL)
    paper, tuned, tiny = (
        fixed_layers(build((draw(layer, 1, config.codebook_size).layer,), config))[0]
        for config in (PAPER, TUNED, TINY)
    )
    for other in (tuned, tiny):
        assert np.array_equal(paper.codes, other.codes)
        assert np.array_equal(paper.bias, other.bias)
    wide = draw(layer, 1, 256)
    assert np.array_equal(wide.layer.codes > 0, paper.codes > 0)
    assert np.array_equal(wide.activations, draw(layer, 1, 16).activations)
    assert wide.layer.codes.max() == 255


@pytest.mark.parametrize("bits", range(2, 9))
def test_the_codebook_has_one_zero(bits: int) -> None:
    codebook = ramp_codebook(1 << bits)
    assert codebook.size == 1 << bits
    assert np.flatnonzero(codebook == 0).tolist() == [0]
    assert len(set(codebook.tolist())) == codebook.size


@pytest.mark.parametrize("name", ["VGG-8", "NT-We"])
def test_no_output_saturates(name: str) -> None:
    layer = find(name)
    drawn = draw(layer, 1, 16)
    made = build((drawn.layer,), with_accumulators(PAPER, layer.outputs))
    network = recode(made, with_memories(made))
    network.check()
    result = run(network, drawn.activations)
    assert result.layers[0].counters["saturations"].sum() == 0
    assert np.count_nonzero(result.outputs) > 0.4 * layer.outputs


def test_names_are_found_in_any_case_and_others_are_refused() -> None:
    assert find("vgg-6") is LAYERS[3]
    with pytest.raises(InputError, match=r"must be one of Alex-6, .*NT-LSTM, not 'Alex-9'"):
        find("Alex-9")
    with pytest.raises(InputError, match="the seed must be at least 0, not -1"):
        draw(LAYERS[0], -1, 16)
