"""Lloyd's iterations against a distance matrix, brute force and scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common import kmeans
from zskip.model.common.kmeans import collect, lloyd, means_of, midpoints, squared_error
from zskip.model.common.kmeans_optimal import optimal_start
from zskip.model.common.kmeans_start import density_start, linear_start, random_start

NUMBERS = hnp.arrays(
    np.float64,
    st.integers(1, 40),
    # Small integers make repeated values and ties frequent.
    elements=st.integers(-9, 9).map(float) | st.floats(-100, 100),
).map(np.sort)


def plain_lloyd(numbers: np.ndarray, start: np.ndarray, iterations: int) -> np.ndarray:
    """Oracle: a distance matrix and direct means; a centroid without samples stays."""
    centroids = start.copy()
    for _ in range(iterations):
        nearest = np.abs(numbers[:, None] - centroids).argmin(axis=1)
        for index in np.unique(nearest):
            centroids[index] = numbers[nearest == index].mean()
    nearest = np.abs(numbers[:, None] - centroids).argmin(axis=1)
    return centroids[np.unique(nearest)]


def direct_cost(numbers: np.ndarray, centroids: np.ndarray) -> float:
    """Oracle: every number at the nearest of all centroids."""
    return float(np.square(numbers[:, None] - centroids).min(axis=1).sum())


def sample(seed: int) -> tuple[np.ndarray, int]:
    """Numbers as weights are: normal ones or with a longer tail, half of them with a gap at 0."""
    rng = np.random.default_rng(seed)
    size, clusters = int(rng.integers(100, 500)), int(rng.integers(2, 32))
    numbers = rng.standard_normal(size) * np.exp(rng.standard_normal(size) * (seed % 4) / 4)
    return np.sort(numbers[np.abs(numbers) > seed % 2 * 0.8]), clusters


@given(NUMBERS)
def test_collect(numbers: np.ndarray) -> None:
    samples = collect(numbers)
    values, counts = np.unique(numbers, return_counts=True)
    np.testing.assert_array_equal(samples.values, values)
    np.testing.assert_array_equal(np.diff(samples.counts), counts)
    assert samples.counts[0] == 0
    sums = [np.sum(numbers[numbers < value] - samples.origin) for value in [*values, np.inf]]
    np.testing.assert_allclose(samples.sums, sums, atol=1e-9)


@given(NUMBERS, st.lists(st.floats(-100, 100), min_size=1, max_size=6, unique=True))
def test_squared_error(numbers: np.ndarray, centroids: list[float]) -> None:
    chosen = np.sort(np.array(centroids))
    expected = direct_cost(numbers, chosen)
    assert squared_error(collect(numbers), chosen) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_of_two_equally_near_the_larger() -> None:
    assert midpoints(np.array([1.0, 3.0])).tolist() == [2.0]
    samples = collect(np.array([1.0, 2.0, 3.0]))
    assert lloyd(samples, np.array([1.0, 3.0]), 2, 1).tolist() == [1.0, 2.5]


def test_means_stay_among_their_values() -> None:
    """The sums before a lone number are large, and their rounding does not reach its mean."""
    many = np.random.default_rng(8).uniform(0.1, 0.3, 4000)
    samples = collect(np.sort(np.concatenate([np.full(5001, -1.0), many, [0.9]])))
    last = samples.values.size
    assert means_of(samples, np.array([0, last - 1, last]))[-1] == 0.9


@pytest.mark.parametrize("iterations", [0, 1, 2, 5, 200])
@pytest.mark.parametrize("seed", range(20))
def test_against_plain_lloyd(seed: int, iterations: int) -> None:
    numbers, clusters = sample(seed)
    samples = collect(numbers)
    start = random_start(samples, clusters, seed)
    expected = plain_lloyd(numbers, start, iterations)
    assert expected.size == clusters
    np.testing.assert_allclose(lloyd(samples, start, clusters, iterations), expected, rtol=1e-9)


def greedy_cost(numbers: np.ndarray, clusters: int) -> float:
    """Oracle: the best of all cuts of all parts in two, again and again, by direct costs."""

    def cost(part: np.ndarray) -> float:
        return float(np.square(part - part.mean()).sum())

    parts = [numbers]
    while len(parts) < clusters:
        cuts = [
            (cost(part) - cost(part[:place]) - cost(part[place:]), index, place)
            for index, part in enumerate(parts)
            for place in range(1, part.size)
        ]
        _, index, place = max(cuts)
        parts[index : index + 1] = [parts[index][:place], parts[index][place:]]
    return sum(cost(part) for part in parts)


@given(NUMBERS.filter(lambda numbers: np.unique(numbers).size > 2))
def test_the_best_cut_is_made(numbers: np.ndarray) -> None:
    centroids = lloyd(collect(numbers), np.array([numbers.mean()]), 2, 100)
    expected = greedy_cost(numbers, 2)
    assert direct_cost(numbers, centroids) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_one_cluster_is_cut_into_many(seed: int) -> None:
    numbers, clusters = sample(seed)
    centroids = lloyd(collect(numbers), np.array([numbers.mean()]), clusters, 200)
    assert centroids.size == clusters
    assert direct_cost(numbers, centroids) <= greedy_cost(numbers, clusters) * (1 + 1e-9)


def test_cuts_come_when_the_iterations_end() -> None:
    """The centroid at 50.5 has no sample until a cut takes the 7 from 1 and 2."""
    samples = collect(np.array([1.0, 2.0, 7.0, 99.0, 100.0]))
    start = linear_start(samples, 3)
    assert start.tolist() == [1.0, 50.5, 100.0]
    assert lloyd(samples, start, 3, 0).tolist() == [1.0, 100.0]
    moved, short = kmeans._iterate(samples, start, 3, 1, at_once=False)
    np.testing.assert_allclose(moved, [10 / 3, 99.5])
    assert short
    cut, _ = kmeans._iterate(samples, start, 3, 2, at_once=False)
    assert cut.tolist() == [1.5, 7.0, 99.5]
    assert lloyd(samples, start, 3, 100).tolist() == [1.5, 7.0, 99.5]


def test_values_set_apart() -> None:
    """Of the values farthest from their centroids, at a distance of 2, the lowest are taken."""
    samples = collect(np.array([1.0, 2.0, 3.0, 7.0, 8.0, 10.0, 12.0]))
    bounds = np.array([0, 3, 3, 7, 7])
    centroids = np.array([1.0, 5.0, 10.0, 20.0])
    assert kmeans._set_farthest_apart(samples, centroids, bounds, 4).tolist() == [
        1.5,
        3.0,
        7.0,
        10.0,
    ]


def test_values_that_are_equally_far_are_set_apart_from_the_ends() -> None:
    """Beside 1e9 the two small values do not differ; the outer one leaves a single interval."""
    samples = collect(np.array([-2e9, -1e9 - 2, -1e9, -2e-30, -1e-30]))
    bounds, centroids = np.array([0, 0, 5]), np.array([-5e9, -1e9])
    means = kmeans._set_farthest_apart(samples, centroids, bounds, 3)
    assert means.size == 3
    assert means[[0, 2]].tolist() == [-2e9, -1e-30]


def test_the_better_of_both_runs_counts() -> None:
    """Against the two rules in a plain form, on numbers where each of them is the better one."""
    better = set()
    for seed in range(0, 100, 2):
        numbers, clusters = sample(seed)
        samples = collect(numbers)
        start = linear_start(samples, clusters)
        costs = []
        for at_once in (False, True):
            run, _ = kmeans._iterate(samples, start, clusters, 500, at_once=at_once)
            costs.append(direct_cost(numbers, run))
        result = direct_cost(numbers, lloyd(samples, start, clusters, 500))
        assert result == pytest.approx(min(costs), rel=1e-12)
        better.add(np.sign(costs[1] - costs[0]))
    assert better == {-1, 0, 1}


@given(NUMBERS, st.integers(1, 8), st.integers(0, 3))
def test_cost_never_rises_and_clusters_never_get_lost(
    numbers: np.ndarray, clusters: int, seed: int
) -> None:
    samples = collect(numbers)
    if samples.values.size <= clusters:
        return
    slack = 1e-12 * float(np.square(numbers).sum())
    for start in (
        linear_start(samples, clusters),
        density_start(samples, clusters),
        random_start(samples, clusters, seed),
    ):
        results = [lloyd(samples, start, clusters, count) for count in (*range(6), 500)]
        costs = [direct_cost(numbers, result) for result in results]
        assert (np.diff(costs) <= slack).all()
        assert (np.diff(results[-1]) > 0).all()
        assert max(result.size for result in results) <= clusters
        if np.diff(samples.values).min() > 1e-3:
            assert results[-1].size == clusters


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("start", ["linear", "density", "random", "optimal"])
def test_never_above_scikit_learn(start: str) -> None:
    """The same start in `sklearn.cluster.KMeans`, which puts empty clusters at far samples."""
    cluster = pytest.importorskip("sklearn.cluster")
    for seed in range(60):
        numbers, clusters = sample(seed)
        samples = collect(numbers)
        first = {
            "linear": linear_start(samples, clusters),
            "density": density_start(samples, clusters),
            "random": random_start(samples, clusters, seed),
            "optimal": optimal_start(samples, clusters)[0],
        }[start]
        other = cluster.KMeans(clusters, init=first[:, None], n_init=1, max_iter=10000, tol=0)
        cost = other.fit(numbers[:, None]).inertia_
        ours = squared_error(samples, lloyd(samples, first, clusters, 10000))
        assert ours <= cost * (1 + 1e-9), f"seed {seed}"
