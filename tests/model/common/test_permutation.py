"""Channel permutation; oracles: exchanges tried one by one, published gains of such a search."""

from dataclasses import replace
from itertools import combinations, permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.files.weights import read_weights
from zskip.model.common import permutation
from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy
from zskip.model.common.pattern import Pattern, follows, prune_to_pattern
from zskip.model.common.pattern_shares import kept
from zskip.model.common.permutation import best_order
from zskip.model.common.reference import float_network


def share(weights: np.ndarray, pattern: Pattern, order: np.ndarray | None = None) -> float:
    """Return the share of the magnitude that is kept."""
    return kept(weights, prune_to_pattern(weights, pattern, order)).l1


def test_the_published_matrix() -> None:
    """Uniform 128 x 64: 2852.4 of 4083.2 are kept in the order given, 2913.4 after exchanges."""
    weights = np.random.default_rng(0).random((128, 64))
    before, after = share(weights, Pattern(2, 4)), 0.0
    assert before == pytest.approx(2852.4 / 4083.2, abs=0.006)
    after = share(weights, Pattern(2, 4), best_order(weights, Pattern(2, 4)))
    assert after - before > 0.8 * (2913.4 - 2852.4) / 4083.2


def test_no_exchange_is_left_that_helps() -> None:
    weights = np.random.default_rng(3).standard_normal((9, 24))
    for pattern in (Pattern(1, 2), Pattern(2, 4), Pattern(3, 8)):
        order = best_order(weights, pattern)
        found = share(weights, pattern, order)
        for one, other in combinations(range(24), 2):
            changed = order.copy()
            changed[[one, other]] = order[[other, one]]
            assert share(weights, pattern, changed) < found + 1e-5


def test_small_matrices_reach_the_best_of_all_orders() -> None:
    rng, pattern = np.random.default_rng(4), Pattern(1, 2)
    orders = [np.array(order) for order in permutations(range(6))]
    for _ in range(5):
        weights = rng.standard_normal((4, 6))
        best = max(share(weights, pattern, order) for order in orders)
        assert share(weights, pattern, best_order(weights, pattern)) == pytest.approx(best)


@given(
    st.tuples(st.integers(1, 12), st.integers(1, 40)),
    st.sampled_from(["1:2", "2:4", "1:4", "3:4", "4:8", "8:16", "4:4"]),
    st.integers(0, 1000),
)
def test_any_matrix_gets_an_order_that_keeps_no_less(
    shape: tuple[int, int], text: str, seed: int
) -> None:
    weights = np.random.default_rng(seed).integers(-3, 4, shape).astype(np.float32)
    pattern = Pattern.parse(text)
    before = weights.copy()
    order = best_order(weights, pattern, seed=seed)
    np.testing.assert_array_equal(weights, before)
    np.testing.assert_array_equal(np.sort(order), np.arange(shape[1]))
    np.testing.assert_array_equal(order, best_order(weights, pattern, seed=seed))
    assert share(weights, pattern, order) >= share(weights, pattern)
    if follows(weights, pattern):
        np.testing.assert_array_equal(order, np.arange(shape[1]))


def test_windows_and_some_of_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(permutation, "WINDOW", 16)
    monkeypatch.setattr(permutation, "ROWS", 20)
    weights = np.random.default_rng(6).standard_normal((50, 44))
    order = best_order(weights, Pattern(2, 4))
    for start in range(0, 44, 16):
        window = np.arange(start, min(start + 16, 44))
        np.testing.assert_array_equal(np.sort(order[window]), window)
    assert share(weights, Pattern(2, 4), order) > share(weights, Pattern(2, 4)) + 0.005


def test_a_trained_network_keeps_its_accuracy(shared_data: Path) -> None:
    """Oracle: the published labels; the dense network has 97.7 % of 10,000 images right."""
    folder, pattern = shared_data / "lenet-300-100", Pattern(2, 4)
    layers = read_weights(folder / "dense.npz")
    with np.load(folder / "mnist-test.npz") as archive:
        images, labels = archive["images"].reshape(10000, -1) / 256, archive["labels"]
    found = []
    for orders in ([None] * 3, [best_order(layer.weights, pattern) for layer in layers]):
        pruned = [
            replace(layer, weights=prune_to_pattern(layer.weights, pattern, order))
            for layer, order in zip(layers, orders, strict=True)
        ]
        found.append(accuracy(float_network(pruned, images)[-1], labels))
    assert found == [pytest.approx(0.9725, abs=0.001), pytest.approx(0.9762, abs=0.002)]


def test_weights_are_checked() -> None:
    with pytest.raises(InputError, match="weights must be finite"):
        best_order(np.full((2, 8), np.nan), Pattern(2, 4))
