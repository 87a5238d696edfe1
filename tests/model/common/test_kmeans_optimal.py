"""Optimal k-means against all assignments, all intervals, and a plain dynamic program."""

from itertools import combinations, pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common import kmeans_optimal
from zskip.model.common.kmeans import collect, lloyd, squared_error
from zskip.model.common.kmeans_optimal import optimal_start
from zskip.model.common.kmeans_start import density_start, linear_start, random_start

ELEMENTS = st.integers(-9, 9).map(float) | st.floats(-100, 100)


def numbers(largest: int) -> st.SearchStrategy[np.ndarray]:
    """Sorted numbers, with repetitions."""
    return hnp.arrays(np.float64, st.integers(2, largest), elements=ELEMENTS).map(np.sort)


def spread(part: np.ndarray) -> float:
    return float(np.square(part - part.mean()).sum())


def best_assignment(values: np.ndarray, clusters: int) -> float:
    """Oracle: the least cost of all ways to put each number in one of the clusters."""
    owners = (np.array(owner) for owner in product(range(clusters), repeat=values.size))
    return min(sum(spread(values[owner == k]) for k in np.unique(owner)) for owner in owners)


def best_intervals(values: np.ndarray, clusters: int) -> float:
    """Oracle: the least cost of all ways to cut the sorted numbers."""
    return min(
        sum(spread(values[start:end]) for start, end in pairwise((0, *cuts, values.size)))
        for cuts in combinations(range(1, values.size), clusters - 1)
    )


def plain_program(values: np.ndarray, most: int) -> list[float]:
    """Oracle: the least costs of 1 to `most` clusters, by all last cuts of all prefixes."""
    size = values.size
    cost = np.full((size, size + 1), np.inf)
    for start in range(size):
        tail = values[start:] - values[start]
        count = np.arange(1, tail.size + 1)
        cost[start, start + 1 :] = np.cumsum(tail**2) - np.cumsum(tail) ** 2 / count
    best = np.concatenate(([np.inf], cost[0, 1:]))
    costs = [float(best[-1])]
    for _ in range(most - 1):
        best = (best[:size, None] + cost).min(axis=0)
        costs.append(float(best[-1]))
    return costs


def optimal_cost(values: np.ndarray, clusters: int) -> float:
    samples = collect(values)
    centroids, optimal = optimal_start(samples, clusters)
    assert optimal
    assert centroids.shape == (clusters,)
    assert (np.diff(centroids) > 0).all()
    return squared_error(samples, centroids)


def check(cost: float, expected: float, values: np.ndarray) -> None:
    """Compare costs up to the rounding of float64 sums."""
    assert cost == pytest.approx(expected, rel=1e-9, abs=1e-12 * float(np.square(values).sum()))


@given(numbers(6), st.integers(1, 3))
def test_against_all_assignments(values: np.ndarray, clusters: int) -> None:
    if np.unique(values).size > clusters:
        check(optimal_cost(values, clusters), best_assignment(values, clusters), values)


@given(numbers(10), st.integers(1, 9))
def test_against_all_intervals(values: np.ndarray, clusters: int) -> None:
    if np.unique(values).size > clusters:
        check(optimal_cost(values, clusters), best_intervals(values, clusters), values)


@pytest.mark.parametrize("block", [1, 7, 2**15])
@pytest.mark.parametrize("size", [21, 64, 65, 150])
def test_against_plain_program(size: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kmeans_optimal, "CANDIDATES_PER_BLOCK", block)
    for seed in range(3):
        values = np.sort(np.random.default_rng(seed).standard_t(2, size))
        for clusters, expected in enumerate(plain_program(values, 20), start=1):
            check(optimal_cost(values, clusters), expected, values)


def test_worked_example() -> None:
    samples = collect(np.array([1.0, 2.0, 2.0, 2.0, 7.0, 9.0]))
    centroids, optimal = optimal_start(samples, 2)
    assert centroids.tolist() == [1.75, 8.0]
    assert optimal


@given(numbers(30), st.integers(1, 8), st.integers(0, 5))
def test_no_other_start_is_better(values: np.ndarray, clusters: int, seed: int) -> None:
    samples = collect(values)
    if samples.values.size <= clusters:
        return
    best = squared_error(samples, optimal_start(samples, clusters)[0])
    slack = 1e-12 * float(np.square(values).sum())
    for start in (
        linear_start(samples, clusters),
        density_start(samples, clusters),
        random_start(samples, clusters, seed),
    ):
        assert best <= squared_error(samples, lloyd(samples, start, clusters, 500)) + slack


def test_too_many_values_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """With 1/10 of the places, Lloyd's iterations end within 0.1 % of the optimum."""
    values = np.sort(np.random.default_rng(4).standard_normal(5000))
    samples = collect(values)
    whole, _ = optimal_start(samples, 15)
    best = squared_error(samples, whole)
    monkeypatch.setattr(kmeans_optimal, "MAX_WORK", 5000 * 15)
    at_limit, optimal = optimal_start(samples, 15)
    assert optimal
    assert at_limit.tolist() == whole.tolist()
    monkeypatch.setattr(kmeans_optimal, "MAX_WORK", 500 * 15)
    start, optimal = optimal_start(samples, 15)
    assert not optimal
    assert start.size == 15
    cost = squared_error(samples, lloyd(samples, start, 15, 500))
    assert best <= cost <= 1.001 * best


def test_samples_see_large_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Places spaced by value keep apart the few large values that equal ranks would merge."""
    values = np.sort(np.append(np.random.default_rng(5).standard_normal(5000), [60.0, 80.0, 100.0]))
    monkeypatch.setattr(kmeans_optimal, "MAX_WORK", 500 * 15)
    centroids, optimal = optimal_start(collect(values), 15)
    assert not optimal
    assert centroids[-3:].tolist() == [60.0, 80.0, 100.0]
