"""Rows swapped by exact loads; oracles: the cost in plain Python, every swap one by one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zskip.model.eie.compressor.refine import (
    EVEN,
    Following,
    can_refine,
    cost,
    joined_sets,
    refine,
    row_loads,
)
from zskip.model.eie.config import TUNED, Config

GROUPS = TUNED.replace(pe_count=4, broadcast_groups=1)


def plain_set(position: int, rows: int, config: Config) -> int:
    """Oracle: words of four PEs share one, of fewer where columns have more entries."""
    word, lane = divmod(position // config.pe_count, 4)
    place = 4 * (word * config.pe_count + position % config.pe_count) + lane
    entries = -(-rows // config.pe_count)
    group = 16 if entries <= 3 else 8 if entries <= 15 else 4
    return place // min(group, 4 * min(4, config.pe_count))


def plain_broadcasts(active: np.ndarray, rows: int, config: Config) -> list[int]:
    """Oracle: four of the active ones of a set go together."""
    sent = []
    for vector in active.tolist():
        sets: dict[int, int] = {}
        for position, value in enumerate(vector):
            number = plain_set(position, rows, config)
            sets[number] = sets.get(number, 0) + bool(value)
        sent.append(sum(-(-count // 4) for count in sets.values()))
    return sent


def plain_cost(loads: np.ndarray, config: Config, following: Following | None) -> int:
    """Oracle: the cost of rows at their positions."""
    total = 0
    for number, vector in enumerate(loads.tolist()):
        pes = [sum(vector[pe :: config.pe_count]) for pe in range(config.pe_count)]
        behind = 0
        if following is not None:
            active = following.active[number : number + 1]
            sent = plain_broadcasts(active, following.rows, config)[0]
            behind = max(sent, int(following.least[number]))
        total += EVEN * (max(pes) + behind) + sum(pe * pe for pe in pes)
    return total


def stimulus(
    rows: int, seed: int, least: int = 0, behind: int = 10
) -> tuple[np.ndarray, Following]:
    """Give loads of rows and the outputs of the layer at random."""
    rng = np.random.default_rng(seed)
    loads = rng.poisson(20 * np.exp(0.5 * rng.standard_normal(rows)), (9, rows))
    active = rng.random((9, rows)) < rng.random(rows)
    return loads, Following(active=active, rows=behind, least=np.full(9, least))


def reordered(following: Following | None, order: np.ndarray) -> Following | None:
    """Give the outputs in another order of the rows."""
    return following and replace(following, active=following.active[:, order])


@settings(max_examples=20)
@given(
    st.integers(5, 24),
    st.sampled_from([2, 4]),
    st.sampled_from([0, 5]),
    st.sampled_from([None, 3, 20, 80]),
    st.integers(0, 99),
)
def test_never_worse_and_at_an_end(
    rows: int, pe_count: int, least: int, behind: int | None, seed: int
) -> None:
    config = GROUPS.replace(pe_count=pe_count)
    loads, following = stimulus(rows, seed, least, behind or 1)
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


def test_outputs_that_are_active_together_share_a_broadcast() -> None:
    # Every PE has as much to do in any order; two kinds of outputs are never active together.
    kinds = np.arange(16) // 4 % 2
    active = np.array([kinds == 0, kinds == 1])
    following = Following(active=active, rows=80, least=np.zeros(2, dtype=np.int64))
    assert plain_broadcasts(active, 80, GROUPS) == [4, 4]
    order = refine(np.ones((2, 16), dtype=np.int64), GROUPS, following)
    assert plain_broadcasts(active[:, order], 80, GROUPS) == [2, 2]


def test_the_same_order_again() -> None:
    loads, following = stimulus(60, 3)
    first, second = (refine(loads, GROUPS, following) for _ in range(2))
    assert first.tobytes() == second.tobytes()


@given(st.integers(1, 50), st.integers(1, 900), st.sampled_from([1, 2, 4, 16]))
def test_sets(positions: int, rows: int, pe_count: int) -> None:
    config = GROUPS.replace(pe_count=pe_count, register_depth=255)
    found = joined_sets(positions, min(rows, 255 * pe_count), config).tolist()
    oracle = [plain_set(one, min(rows, 255 * pe_count), config) for one in range(positions)]
    assert found == oracle


def test_blocks_of_rows_have_no_longer_columns() -> None:
    config = GROUPS.replace(register_depth=3)
    assert joined_sets(16, 4000, config).tolist() == [0] * 16


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
        (62, 128, {"broadcast_groups": 0}, False),
        (62, 128, {"lanes": 4}, False),
        (62, 128, {"streamed": 1}, False),
        (62, 128, {"pe_count": 1}, False),
        (62, 128, {"register_depth": 15}, False),
    ],
)
def test_where_rows_are_swapped(rows: int, inputs: int, changes: dict[str, int], can: bool) -> None:
    assert can_refine(rows, inputs, GROUPS.replace(**changes)) == can
