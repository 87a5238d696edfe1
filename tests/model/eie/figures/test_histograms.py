"""Histograms of weights; oracle: counting by comparison."""

from collections.abc import Callable

import numpy as np
import pytest

from zskip.model.eie.config import TINY
from zskip.model.eie.figures.histograms import BINS, ROWS_PER_BLOCK, histogram
from zskip.model.eie.network import Network

MakeNetwork = Callable[..., Network]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_nonzero_weight_is_in_its_bin(dtype: type, make_network: MakeNetwork) -> None:
    rows = ROWS_PER_BLOCK + 9
    layer = make_network(TINY.replace(register_depth=96), (8, rows)).layers[0]
    rng = np.random.default_rng(3)
    source = (rng.normal(size=(rows, 8)) * (rng.random((rows, 8)) < 0.4)).astype(dtype)
    result = histogram(layer, source)
    values = source[source != 0].astype(np.float64)
    assert result.edges[0] == values.min()
    assert result.edges[-1] == values.max()
    last = [*[False] * (BINS - 1), True]
    for low, high, end, count in zip(
        result.edges, result.edges[1:], last, result.weights, strict=False
    ):
        below = values <= high if end else values < high
        assert count == np.count_nonzero((values >= low) & below)
    assert result.weights.sum() == values.size


def test_codebook_as_real_numbers_and_its_uses(make_network: MakeNetwork) -> None:
    layer = make_network(TINY, (50, 60)).layers[0]
    result = histogram(layer, np.ones((60, 50), dtype=np.float32))
    assert result.codebook.tolist() == [value / 2**12 for value in layer.codebook.tolist()]
    codes = layer.matrix.codes.tolist()
    assert result.uses.tolist() == [codes.count(index) for index in range(16)]
    assert result.uses[0] == layer.matrix.padding


@pytest.mark.parametrize("value", [0.0, 2.5])
def test_weights_that_are_all_alike(value: float, make_network: MakeNetwork) -> None:
    layer = make_network(TINY, (5, 6)).layers[0]
    result = histogram(layer, np.full((6, 5), value))
    assert (result.edges[0], result.edges[-1]) == (value - 0.5, value + 0.5)
    assert result.weights.sum() == (30 if value else 0)
