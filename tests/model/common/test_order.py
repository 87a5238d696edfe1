"""Orders as they are stored; oracles: the order itself, sizes counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.order import (
    BYTE_RANKS,
    MAX_RUNS,
    RANK,
    RUN_CODES,
    STRIDE,
    order_bytes,
    packed_order,
    unpacked_order,
    word_places,
)


def in_classes(positions: int, count: int, classes: int, stride: int, seed: int) -> np.ndarray:
    """Give some of `count` at random, in classes that ascend, by the words of a stride."""
    rng = np.random.default_rng(seed)
    used = np.sort(rng.permutation(count)[:positions])
    kinds = rng.integers(classes, size=positions)
    order = np.empty(positions, dtype=np.int64)
    order[np.argsort(word_places(positions, stride))] = used[np.argsort(kinds, kind="stable")]
    return order


@pytest.mark.parametrize("stride", [1, 3, 16])
def test_places_of_words(stride: int) -> None:
    places = word_places(70, stride).tolist()
    words: dict[tuple[int, int], list[int]] = {}
    for position in range(70):
        words.setdefault((position // stride // 4, position % stride), []).append(position)
    expected = [position for _, word in sorted(words.items()) for position in word]
    assert sorted(range(70), key=lambda position: places[position]) == expected
    assert {place // 4 for place in places} == set(range(len(words)))


@given(
    st.sampled_from([1, 7, 256, 257, 462, 900]),
    st.integers(0, 300),
    st.integers(1, 12),
    st.sampled_from([1, 4, 16, 64, 256]),
    st.integers(0, 99),
)
def test_any_order_comes_back(
    positions: int, unused: int, classes: int, stride: int, seed: int
) -> None:
    order = in_classes(positions, positions + unused, classes, stride, seed)
    parts = packed_order(order, positions + unused)
    assert unpacked_order(parts, positions + unused).tolist() == order.tolist()
    long = positions > BYTE_RANKS
    assert long or RUN_CODES not in parts
    assert not (long and classes <= MAX_RUNS and RANK in parts)


@pytest.mark.parametrize("stride", [1, 16, 64])
def test_few_runs_take_few_bytes(stride: int) -> None:
    order = in_classes(462, 784, MAX_RUNS, stride, 1)
    parts = packed_order(order, 784)
    assert RANK not in parts
    assert (STRIDE in parts) == (stride > 1)
    # A bit for each of the source, three bits for each that is used, their code and the stride.
    assert order_bytes(order, 784, packed=True) <= 784 // 8 + 462 * 3 / 8 + MAX_RUNS + 8
    assert order_bytes(order, 784) == 2 * 462


def test_neighbours_in_the_same_run_take_fewer() -> None:
    runs = np.repeat([0, 3, 1, 2, 0, 1], 100)
    order = np.argsort(runs, kind="stable")
    assert order_bytes(order, 600, packed=True) < 600 / 8 + 10


def test_short_orders_and_many_runs_stay_ranks() -> None:
    rng = np.random.default_rng(3)
    assert packed_order(rng.permutation(600), 600).keys() == {RANK}
    assert packed_order(in_classes(256, 256, 2, 1, 1), 256).keys() == {RANK}
    assert packed_order(np.arange(600), 600) == {}
