"""Rows swapped by exact loads; oracles: the cost in plain Python, every swap one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zskip.model.eie.compressor.refine import (
    EVEN,
    Following,
    broadcasts,
    can_refine,
    cost,
    refine,
    row_loads,
)
from zskip.model.eie.config import TUNED, Config

PAIRS = TUNED.replace(pe_count=4, broadcast_pairs=1)


def plain_broadcasts(active: np.ndarray, pe_count: int) -> list[int]:
    """Oracle: two of the active ones of a word of a PE go together."""
    sent = []
    for vector in active.tolist():
        words: dict[tuple[int, int], int] = {}
        for position, value in enumerate(vector):
            word = (position % pe_count, position // pe_count // 4)
            words[word] = words.get(word, 0) + bool(value)
        sent.append(sum(-(-count // 2) for count in words.values()))
    return sent


def plain_cost(loads: np.ndarray, config: Config, following: Following | None) -> int:
    """Oracle: the cost of rows at their positions."""
    total = 0
    for number, vector in enumerate(loads.tolist()):
        pes = [sum(vector[pe :: config.pe_count]) for pe in range(config.pe_count)]
        behind = 0
        if following is not None:
            sent = plain_broadcasts(following.active[number : number + 1], config.pe_count)[0]
            behind = max(sent, int(following.least[number]))
        total += EVEN * (max(pes) + behind) + sum(pe * pe for pe in pes)
    return total


def stimulus(rows: int, seed: int, least: int = 0) -> tuple[np.ndarray, Following]:
    """Give loads of rows and the outputs of the layer at random."""
    rng = np.random.default_rng(seed)
    loads = rng.poisson(20 * np.exp(0.5 * rng.standard_normal(rows)), (9, rows))
    active = rng.random((9, rows)) < rng.random(rows)
    return loads, Following(active=active, least=np.full(9, least))


def reordered(following: Following | None, order: np.ndarray) -> Following | None:
    """Give the outputs in another order of the rows."""
    return following and replace(following, active=following.active[:, order])


@settings(max_examples=20)
@given(
    st.integers(5, 24),
    st.sampled_from([2, 4]),
    st.sampled_from([0, 5]),
    st.booleans(),
    st.integers(0, 99),
)
def test_never_worse_and_at_an_end(
    rows: int, pe_count: int, least: int, behind: bool, seed: int
) -> None:
    config = PAIRS.replace(pe_count=pe_count)
    loads, following = stimulus(rows, seed, least)
    given = following if behind else None
    assert cost(loads, config, given) == plain_cost(loads, config, given)
    order = refine(loads, config, given)
    assert sorted(order.tolist()) == list(range(rows))
    found = plain_cost(loads[:, order], config, reordered(given, order))
    assert found <= plain_cost(loads, config, given)
    for first in range(rows):
        for second in range(first):
            if (first - second) % pe_count:
                other = order.copy()
                other[[first, second]] = other[[second, first]]
                assert plain_cost(loads[:, other], config, reordered(given, other)) >= found


def test_outputs_that_are_active_together_share_a_word() -> None:
    # Every PE has as much to do in any order; two kinds of outputs are never active together.
    kinds = np.arange(16) // 2 % 2
    active = np.array([kinds == 0, kinds == 1])
    following = Following(active=active, least=np.zeros(2, dtype=np.int64))
    order = refine(np.ones((2, 16), dtype=np.int64), PAIRS, following)
    assert broadcasts(active[:, order], PAIRS).tolist() == [4, 4]


def test_the_same_order_again() -> None:
    loads, following = stimulus(60, 3)
    first, second = (refine(loads, PAIRS, following) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@given(st.integers(1, 50), st.sampled_from([1, 4, 16]), st.integers(0, 99))
def test_broadcasts(length: int, pe_count: int, seed: int) -> None:
    active = np.random.default_rng(seed).random((3, length)) < 0.5
    config = PAIRS.replace(pe_count=pe_count)
    assert broadcasts(active, config).tolist() == plain_broadcasts(active, pe_count)
    single = config.replace(broadcast_pairs=0)
    assert broadcasts(active, single).tolist() == active.sum(axis=1).tolist()


def test_loads_count_weights_of_active_inputs() -> None:
    codes = np.array([[1, 0, 2], [0, 3, 0]], dtype=np.uint8)
    assert row_loads(codes, np.array([[5, 0, -1], [0, 0, 0], [0, 9, 0]])).tolist() == [
        [2, 0],
        [0, 0],
        [0, 1],
    ]


@pytest.mark.parametrize(
    ("rows", "inputs", "changes", "can"),
    [
        (62, 128, {}, True),
        (256, 128, {}, True),
        (257, 128, {}, False),
        (4096, 1, {}, False),
        (4, 128, {}, False),
        (62, 128, {"broadcast_pairs": 0}, False),
        (62, 128, {"lanes": 4}, False),
        (62, 128, {"streamed": 1}, False),
        (62, 128, {"pe_count": 1}, False),
        (62, 128, {"register_depth": 15}, False),
    ],
)
def test_where_rows_are_swapped(rows: int, inputs: int, changes: dict[str, int], can: bool) -> None:
    assert can_refine(rows, inputs, PAIRS.replace(**changes)) == can
