"""K-means codebooks against brute force over the centroids, and a trained network."""

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common import kmeans_optimal
from zskip.model.common.codebook import METHODS, Clustering, cluster
from zskip.model.common.errors import InputError
from zskip.model.common.pruning import prune_to_density

MATRICES = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=8),
    elements=st.just(0.0) | st.floats(-100, 100, width=32) | st.integers(-3, 3).map(float),
)


def sample(shape: tuple[int, int] = (40, 60), density: float = 0.3, seed: int = 7) -> np.ndarray:
    """Pruned normal weights, with the gap around zero that pruning leaves."""
    weights = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    return prune_to_density(weights, density)


def brute_force_cost(weights: np.ndarray, result: Clustering) -> float:
    """Oracle: every non-zero weight at the nearest of all centroids in use."""
    used = result.centroids[result.centroids != 0]
    values = weights[weights != 0].astype(np.float64)
    return float(np.square(values[:, None] - used).min(axis=1, initial=np.inf).sum())


def check_invariants(weights: np.ndarray, entries: int, result: Clustering) -> None:
    assert result.centroids.shape == (entries,)
    assert result.centroids.dtype == np.float64
    assert result.codes.dtype == np.uint8
    assert result.codes.shape == weights.shape
    np.testing.assert_array_equal(result.codes == 0, weights == 0)
    used = int(np.count_nonzero(result.centroids))
    assert (result.centroids[1 : used + 1] != 0).all()
    assert (np.diff(result.centroids[1 : used + 1]) > 0).all()
    assert set(np.unique(result.codes)) <= set(range(used + 1))
    error = float(np.square(weights.astype(np.float64) - result.decode()).sum())
    assert result.cost == pytest.approx(error, rel=1e-9, abs=1e-30)


@given(MATRICES, st.integers(2, 20), st.sampled_from(METHODS))
@example(np.zeros((2, 3), np.float32), 16, "linear")
@example(np.arange(-4, 4, dtype=np.float32).reshape(2, 4), 4, "optimal")
def test_invariants(weights: np.ndarray, entries: int, method: str) -> None:
    result = cluster(weights, entries, method=method)
    check_invariants(weights, entries, result)
    assert result.method == method
    assert result.exact == (np.unique(weights[weights != 0]).size < entries)
    if result.exact:
        np.testing.assert_array_equal(result.decode(), weights)
        assert result.cost == 0.0
    # No weight has a nearer centroid.
    scale = float(np.square(weights.astype(np.float64)).sum())
    assert result.cost == pytest.approx(brute_force_cost(weights, result), abs=1e-12 * scale)


@pytest.mark.parametrize("method", METHODS)
@given(hnp.arrays(np.float64, (3, 7), elements=st.floats(-1e30, 1e30)), st.integers(2, 6))
@example(np.array([[5e-324, 1e-323, -5e-324, 2e-323, -2e-323]]), 4)
@example(np.array([[1.0, 1.0 + 2**-52, 1.0 + 2**-51, 1.0 - 2**-53]]), 3)
@example(np.array([[16.0, 0.5, -1.0, 8e-135, 7e-99, *[1.0] * 16]]), 6)
@example(np.array([[3.8e-6, 8.3e-173, 1.0, *[-34359738368.0] * 18]]), 4)
def test_invariants_over_all_magnitudes(method: str, weights: np.ndarray, entries: int) -> None:
    result = cluster(weights, entries, method=method)
    check_invariants(weights, entries, result)


@given(MATRICES, st.integers(2, 6), st.sampled_from(METHODS))
def test_cost_never_increases(weights: np.ndarray, entries: int, method: str) -> None:
    costs = [cluster(weights, entries, method=method, max_iterations=n).cost for n in range(12)]
    slack = 1e-12 * float(np.square(weights.astype(np.float64)).sum())
    assert (np.diff(costs) <= slack).all()


def test_cost_falls_on_many_weights() -> None:
    costs = [cluster(sample(), 16, max_iterations=iterations).cost for iterations in range(40)]
    assert (np.diff(costs) <= 0).all()
    assert costs[-1] < 0.5 * costs[0]


@pytest.mark.parametrize("entries", [2, 3, 8, 16, 64])
def test_optimal_costs_least(entries: int) -> None:
    costs = {method: cluster(sample(), entries, method=method).cost for method in METHODS}
    assert min(costs.values()) >= costs["optimal"] * (1 - 1e-12)


def test_linear_is_the_default() -> None:
    default, linear = cluster(sample()), cluster(sample(), 16, method="linear")
    assert default.method == "linear"
    assert default.centroids.tolist() == linear.centroids.tolist()


def test_seeds_choose_the_random_start() -> None:
    costs = {cluster(sample(), method="random", seed=seed).cost for seed in range(4)}
    assert len(costs) == 4
    assert cluster(sample(), method="random").cost in costs


def test_too_many_values_for_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    best = cluster(sample(), method="optimal")
    distinct = np.unique(sample()).size - 1
    monkeypatch.setattr(kmeans_optimal, "MAX_WORK", distinct * 15)
    assert cluster(sample(), method="optimal").method == "optimal"
    monkeypatch.setattr(kmeans_optimal, "MAX_WORK", (distinct - 1) * 15)
    result = cluster(sample(), method="optimal")
    assert result.method == "sampled"
    assert best.cost <= result.cost <= 1.01 * best.cost


def test_worked_example() -> None:
    weights = np.array([[0.0, 1.0, 1.5, 0.0], [-2.0, 7.0, 0.0, 8.0]], dtype=np.float32)
    result = cluster(weights, entries=4)
    assert result.centroids.tolist() == [0.0, -2.0, 1.25, 7.5]
    assert result.codes.tolist() == [[0, 2, 2, 0], [1, 3, 0, 3]]
    assert result.cost == 0.625
    assert not result.exact


def test_of_two_equally_near_the_larger() -> None:
    result = cluster(np.array([[1.0, 2.0, 3.0]]), entries=3)
    assert result.centroids.tolist() == [0.0, 1.0, 2.5]
    assert result.codes.tolist() == [[1, 2, 2]]


def test_few_values_are_kept_exactly() -> None:
    values = np.random.default_rng(3).standard_normal(15).astype(np.float32)
    weights = np.concatenate([values, np.zeros(5, np.float32), values]).reshape(5, 7)
    result = cluster(weights)
    assert result.exact
    assert result.centroids[1:].tolist() == sorted(values.tolist())
    np.testing.assert_array_equal(result.decode(), weights)


def test_neighbouring_floats_are_kept_exactly() -> None:
    weights = np.array([[1.0, np.nextafter(1.0, 2.0), np.nextafter(1.0, 0.0)]])
    result = cluster(weights, entries=4)
    assert result.codes.tolist() == [[2, 3, 1]]
    np.testing.assert_array_equal(result.decode(), weights)


def test_centroids_without_weights_are_put_to_use() -> None:
    """From 1, 50.5 and 100 the middle one goes to the 4, which lowers the cost most."""
    weights = np.array([[1.0, 1.5, 4.0, 100.0]])
    dropped = cluster(weights, entries=4, max_iterations=0)
    assert dropped.centroids.tolist() == [0.0, 1.0, 100.0, 0.0]
    assert dropped.codes.tolist() == [[1, 1, 1, 2]]
    result = cluster(weights, entries=4)
    assert result.centroids.tolist() == [0.0, 1.25, 4.0, 100.0]
    assert result.codes.tolist() == [[1, 1, 2, 3]]


def test_no_centroid_is_zero() -> None:
    weights = np.array([[-1.0, 1.0, -10.0, 10.0]])
    result = cluster(weights, entries=4)
    assert result.centroids.tolist() == [0.0, -10.0, 5e-324, 10.0]
    assert result.codes.tolist() == [[2, 2, 1, 3]]
    assert result.cost == 2.0


def test_all_zero_weights() -> None:
    result = cluster(np.zeros((2, 2)))
    assert result.exact
    assert not result.centroids.any()
    assert not result.codes.any()


def test_far_offset_keeps_precision() -> None:
    """Sums relative to the median do not lose a spread that is small beside the offset."""
    offsets = np.random.default_rng(5).standard_normal((50, 50))
    near, far = cluster(offsets, 8), cluster(offsets + 1e6, 8)
    assert far.cost == pytest.approx(near.cost, rel=1e-6)


def test_means_stay_among_their_weights() -> None:
    """The sums before a lone weight are large, and their rounding does not reach its centroid."""
    many = np.random.default_rng(8).uniform(0.1, 0.3, 4000)
    weights = np.concatenate([np.full(5001, -1.0), many, [0.9]]).reshape(1, -1)
    assert cluster(weights, entries=4).centroids[3] == 0.9


@pytest.mark.parametrize("method", METHODS)
def test_repeats_bit_for_bit(method: str) -> None:
    first, second = (cluster(sample(), method=method) for _ in range(2))
    assert first.centroids.tobytes() == second.centroids.tobytes()
    assert first.codes.tobytes() == second.codes.tobytes()
    assert first.cost == second.cost


@pytest.mark.parametrize("entries", [1, 257])
def test_refuses_entries(entries: int) -> None:
    with pytest.raises(InputError) as caught:
        cluster(sample(), entries)
    assert str(caught.value) == (
        f"entries must be 2 to 256, not {entries}: choose 16 for 4-bit codes"
    )


def test_refuses_iterations() -> None:
    with pytest.raises(InputError) as caught:
        cluster(sample(), max_iterations=-1)
    assert str(caught.value) == ("max_iterations must be 0 or more, not -1: leave it out for 1000")


def test_refuses_methods() -> None:
    with pytest.raises(InputError) as caught:
        cluster(sample(), method="best")
    assert str(caught.value) == (
        "method must be one of linear, density, random, optimal, not best: "
        "choose optimal for the least error"
    )


def test_refuses_seeds() -> None:
    with pytest.raises(InputError) as caught:
        cluster(sample(), method="random", seed=-1)
    assert str(caught.value) == "seed must be 0 or more, not -1: leave it out for 0"


def test_refuses_huge_weights() -> None:
    with pytest.raises(InputError) as caught:
        cluster(np.array([[1.0, -1e39]]))
    assert str(caught.value) == (
        "weights must be below 2**128 in magnitude, not -1e+39 to 1: scale them down"
    )


def test_refuses_what_is_not_finite() -> None:
    with pytest.raises(InputError, match=r"weights must be finite, not nan at position \(0, 1\)"):
        cluster(np.array([[1.0, np.nan]]))


def test_lenet_costs(shared_data: Path) -> None:
    """The optimum is below every start, and all centroids are in use, on a trained network."""
    with np.load(shared_data / "lenet-300-100" / "pruned.npz") as archive:
        for name in ("ip1.weight", "ip2.weight", "ip3.weight"):
            results = [cluster(archive[name], method=method) for method in METHODS]
            assert all(np.count_nonzero(result.centroids) == 15 for result in results)
            assert min(result.cost for result in results) == results[-1].cost


@pytest.mark.slow
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("entries", [16, 256])
def test_four_million_weights(method: str, entries: int) -> None:
    """The limits that `MAX_WORK` was chosen for: 20 s and 2 GB of memory."""
    weights = np.random.default_rng(1).standard_normal((2000, 2000)).astype(np.float32)
    tracemalloc.start()
    begin = time.perf_counter()
    result = cluster(weights, entries, method=method)
    assert time.perf_counter() - begin < 20
    assert tracemalloc.get_traced_memory()[1] < 2e9
    tracemalloc.stop()
    assert np.count_nonzero(result.centroids) == entries - 1
