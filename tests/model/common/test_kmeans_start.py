"""Starting centroids against their definitions on the sorted numbers."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common.kmeans import collect
from zskip.model.common.kmeans_start import density_start, linear_start, random_start

NUMBERS = hnp.arrays(
    np.float64,
    st.integers(1, 40),
    elements=st.integers(-3, 3).map(float) | st.floats(-100, 100),
).map(np.sort)


def test_worked_examples() -> None:
    samples = collect(np.array([0.0, 1.0, 2.0, 3.0, 10.0, 20.0]))
    assert linear_start(samples, 3).tolist() == [0.0, 10.0, 20.0]
    assert density_start(samples, 3).tolist() == [1.0, 3.0, 20.0]


@given(NUMBERS, st.integers(1, 12))
def test_linear_is_equally_spaced(numbers: np.ndarray, clusters: int) -> None:
    expected = np.unique(np.linspace(numbers[0], numbers[-1], clusters))
    np.testing.assert_array_equal(linear_start(collect(numbers), clusters), expected)


@given(NUMBERS, st.integers(1, 12))
def test_density_takes_the_middle_of_equal_shares(numbers: np.ndarray, clusters: int) -> None:
    middle = [(2 * index + 1) * numbers.size // (2 * clusters) for index in range(clusters)]
    expected = np.unique(numbers[middle])
    np.testing.assert_array_equal(density_start(collect(numbers), clusters), expected)


@given(NUMBERS, st.integers(0, 2**40), st.data())
def test_random_draws_samples(numbers: np.ndarray, seed: int, data: st.DataObject) -> None:
    clusters = data.draw(st.integers(1, numbers.size))
    drawn = np.random.default_rng(seed).choice(numbers.size, clusters, replace=False)
    np.testing.assert_array_equal(
        random_start(collect(numbers), clusters, seed), np.unique(numbers[drawn])
    )


def test_random_depends_on_the_seed_alone() -> None:
    samples = collect(np.linspace(0, 1, 1000))
    first, again, other = (random_start(samples, 15, seed) for seed in (3, 3, 4))
    assert first.tolist() == again.tolist() != other.tolist()
