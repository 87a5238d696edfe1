"""Leading-non-zero detection; oracle: a tree of nodes that is asked again and again."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.stream import LANES
from zskip.model.eie.config import TUNED, Config
from zskip.model.eie.lnzd import (
    FAN_IN,
    broadcast_order,
    joined,
    lnzd_levels,
    lnzd_node,
    tree_levels,
)
from zskip.model.eie.places import column_places


def next_pe(waiting: list[bool]) -> int | None:
    """Oracle: send the leftmost offer up through nodes of four children."""
    offers = [number if valid else None for number, valid in enumerate(waiting)]
    while len(offers) > 1:
        offers += [None] * (-len(offers) % FAN_IN)
        parents = []
        for first in range(0, len(offers), FAN_IN):
            children = offers[first : first + FAN_IN]
            child = lnzd_node(np.array([offer is not None for offer in children]))
            parents.append(None if child is None else children[child])
        offers = parents
    return offers[0]


def tree_order(nonzero: np.ndarray, pe_count: int) -> list[int]:
    """Oracle: each PE offers its non-zero rows in ascending order until none is left."""
    left = [
        [int(column) for column in np.flatnonzero(nonzero) if column % pe_count == pe]
        for pe in range(pe_count)
    ]
    order = []
    while (pe := next_pe([bool(columns) for columns in left])) is not None:
        order.append(left[pe].pop(0))
    return order


@pytest.mark.parametrize(
    ("valid", "child"),
    [
        ((0, 0, 0, 0), None),
        ((1, 1, 1, 1), 0),
        ((0, 1, 0, 1), 1),
        ((0, 0, 1, 1), 2),
        ((0, 0, 0, 1), 3),
    ],
)
def test_node_prefers_its_first_child(valid: tuple[int, ...], child: int | None) -> None:
    assert lnzd_node(np.array(valid, dtype=bool)) == child


@pytest.mark.parametrize(
    ("pe_count", "levels"),
    [
        (1, []),
        (2, [1]),
        (4, [1]),
        (8, [2, 1]),
        (16, [4, 1]),
        (32, [8, 2, 1]),
        (64, [16, 4, 1]),
        (128, [32, 8, 2, 1]),
        (256, [64, 16, 4, 1]),
    ],
)
def test_levels(pe_count: int, levels: list[int]) -> None:
    assert tree_levels(Config(pe_count=pe_count)) == levels


@given(
    st.sampled_from([1, 2, 4, 8, 16, 32]),
    st.lists(st.booleans(), min_size=1, max_size=100),
)
def test_order_is_that_of_the_tree(pe_count: int, nonzero: list[bool]) -> None:
    given_vector = np.array(nonzero)
    order = broadcast_order(given_vector, Config(pe_count=pe_count))
    assert order.tolist() == tree_order(given_vector, pe_count)


@given(
    st.sampled_from([1, 2, 4, 16]),
    st.lists(st.booleans(), min_size=1, max_size=200),
)
def test_in_rounds_the_tree_delivers_a_word_of_each_pe(pe_count: int, nonzero: list[bool]) -> None:
    vector, order = np.array(nonzero), list[int]()
    for first in range(0, vector.size, LANES * pe_count):
        part = np.zeros_like(vector)
        part[first : first + LANES * pe_count] = vector[first : first + LANES * pe_count]
        order += tree_order(part, pe_count)
    found = broadcast_order(vector, Config(pe_count=pe_count, broadcast_rounds=1))
    assert found.tolist() == order


def test_one_pe_after_the_other() -> None:
    order = broadcast_order(np.array([1, 1, 0, 1, 1, 1], dtype=bool), Config(pe_count=4))
    assert order.tolist() == [0, 4, 1, 5, 3]


GROUPS = TUNED.replace(broadcast_groups=1)


@pytest.mark.parametrize(
    ("pe_count", "levels"),
    [
        (1, [(1, 4)]),
        (4, [(1, 4)]),
        (8, [(2, 4), (1, 16)]),
        (64, [(16, 4), (1, 16)]),
        (256, [(64, 4), (4, 16), (1, 16)]),
    ],
)
def test_levels_where_words_are_joined(pe_count: int, levels: list[tuple[int, int]]) -> None:
    assert lnzd_levels(GROUPS.replace(pe_count=pe_count)) == levels
    plain = lnzd_levels(TUNED.replace(pe_count=pe_count))
    assert plain == [(width, FAN_IN) for width in tree_levels(Config(pe_count=pe_count))]


@given(
    st.sampled_from([1, 2, 4, 16]),
    st.sampled_from([2, 3, 4]),
    st.lists(st.booleans(), min_size=1, max_size=300),
)
def test_joined_words(pe_count: int, group_bits: int, nonzero: list[bool]) -> None:
    config = GROUPS.replace(pe_count=pe_count)
    vector = np.array(nonzero)
    found = joined(vector, group_bits, config)
    in_order = [column for columns in found for column in columns]
    assert in_order == broadcast_order(vector, config).tolist()
    places = column_places(vector.size, config)
    words = [[places[column] // LANES for column in columns] for columns in found]
    for columns, numbers in zip(found, words, strict=True):
        assert len(columns) <= 4
        # Of one group of columns, and of one round of the four PEs of a node.
        assert len({number * LANES >> group_bits for number in numbers}) == 1
        assert len({(number // pe_count, number % pe_count // 4) for number in numbers}) == 1
    for one, (before, behind) in zip(found, pairwise(words), strict=False):
        assert before[-1] != behind[0]
        apart = before[0] * LANES >> group_bits != behind[0] * LANES >> group_bits
        apart |= before[0] // min(4, pe_count) != behind[0] // min(4, pe_count)
        assert apart or len(one) + behind.count(behind[0]) > 4
