"""Balanced rows; oracles: counts in plain Python, every order of small layers, the encoder."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.errors import InputError
from zskip.model.eie.compressor.balance import balance, loads, longest_first, row_work
from zskip.model.eie.config import PAPER, TINY, Config
from zskip.model.eie.encoding import block_rows, encode


def plain_loads(work: list[int], config: Config, depth: int) -> dict[tuple[int, int], int]:
    """Oracle: add up the work of every block and PE by the formula of the format."""
    totals: dict[tuple[int, int], int] = {}
    for position, amount in enumerate(work):
        bin_ = (position // config.pe_count // depth, position % config.pe_count)
        totals[bin_] = totals.get(bin_, 0) + amount
    return totals


def peaks(work: list[int], config: Config, depth: int) -> int:
    """Oracle: the work of the busiest PE of each block, all blocks together."""
    highest: dict[int, int] = {}
    for (block, _), amount in plain_loads(work, config, depth).items():
        highest[block] = max(highest.get(block, 0), amount)
    return sum(highest.values())


@given(
    st.lists(st.integers(0, 1000), min_size=1, max_size=300),
    st.sampled_from([1, 2, 4, 16, 64]),
    st.sampled_from([1, 3, 8, 64]),
)
def test_every_row_once_and_never_worse_than_as_they_are(
    work: list[int], pe_count: int, depth: int
) -> None:
    config = PAPER.replace(pe_count=pe_count, register_depth=depth)
    order = balance(np.array(work), config)
    assert sorted(order.tolist()) == list(range(len(work)))
    rows = block_rows(len(work), config)
    after = [work[row] for row in order.tolist()]
    assert peaks(after, config, rows) <= peaks(work, config, rows)
    found = loads(np.array(after), config)
    for (block, pe), amount in plain_loads(after, config, rows).items():
        assert found[block, pe] == amount
    assert found.sum() == sum(work)


@pytest.mark.parametrize(
    "work",
    [
        [0] * 50,
        [7] * 50,
        [1000, *[1] * 49],
        [*[1] * 46, *[1000] * 4],
        [1000, 1, 1, 1] * 12,
        list(range(50)),
        [2**row for row in range(50)],
    ],
    ids=range(7),
)
@pytest.mark.parametrize("depth", [4, 64])
def test_hard_cases(work: list[int], depth: int) -> None:
    config = TINY.replace(register_depth=depth)
    rows = block_rows(len(work), config)
    order = balance(np.array(work), config)
    assert peaks([work[row] for row in order.tolist()], config, rows) <= peaks(work, config, rows)


def test_all_heavy_rows_of_one_pe_are_dealt_out() -> None:
    order = balance(np.array([1000, 1, 1, 1] * 4), TINY)
    assert sorted(pe for pe in range(4) for row in order[pe::4] if row % 4 == 0) == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(20))
def test_near_the_best_of_all_orders(seed: int) -> None:
    work = np.random.default_rng(seed).integers(0, 50, 7)
    config = PAPER.replace(pe_count=2)
    best = min(loads(work[list(order)], config).max() for order in permutations(range(7)))
    assert loads(work[balance(work, config)], config).max() <= best * 1.15


@pytest.mark.parametrize("pe_count", [4, 16, 64])
@pytest.mark.parametrize("sigma", [0.2, 0.8])
def test_many_rows_are_balanced_to_a_percent(pe_count: int, sigma: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    work = rng.poisson(200 * np.exp(sigma * rng.standard_normal(2000))).astype(np.int64)
    config = PAPER.replace(pe_count=pe_count)
    found = loads(work[balance(work, config)], config)
    assert np.all(found <= found.mean() * 1.01)
    assert loads(work, config).max() > found.max()


@pytest.mark.parametrize(("rows", "depth"), [(130, 8), (16, 4), (17, 4), (1000, 64), (5, 1)])
def test_blocks_are_those_of_the_encoder(rows: int, depth: int) -> None:
    config = TINY.replace(register_depth=depth)
    matrix = encode(np.ones((rows, 1), dtype=np.uint8), config)
    assert block_rows(rows, config) == matrix.block_rows
    assert len(loads(np.ones(rows, dtype=np.int64), config)) == matrix.blocks


def test_the_blocks_share_the_work() -> None:
    config = TINY.replace(register_depth=8)
    work = np.concatenate((np.full(32, 100), np.ones(32, dtype=np.int64)))
    found = loads(work[balance(work, config)], config)
    assert found.tolist() == [[404] * 4, [404] * 4]


def test_rows_of_a_pe_keep_their_order() -> None:
    work = np.random.default_rng(1).integers(0, 100, 300)
    order = balance(work, PAPER.replace(pe_count=4, register_depth=256))
    for pe in range(4):
        assert np.all(np.diff(order[pe::4]) > 0)


@pytest.mark.parametrize("depth", [16, 256])
def test_longest_rows_first_in_every_pe_and_block(depth: int) -> None:
    work = np.random.default_rng(2).integers(0, 40, 300)
    config = TINY.replace(register_depth=depth)
    order = balance(work, config)
    found = longest_first(order, work, config)
    rows = block_rows(300, config)
    for pe in range(4):
        for start in range(0, 75, rows):
            before, after = (part[pe::4][start : start + rows] for part in (order, found))
            expected = sorted(before.tolist(), key=lambda row: (-work[row], row))
            assert after.tolist() == expected


def test_one_pe_has_nothing_to_balance() -> None:
    work = np.array([3, 9, 1, 9, 0])
    assert balance(work, PAPER.replace(pe_count=1)).tolist() == [0, 1, 2, 3, 4]


def test_as_many_rows_as_pes_stay() -> None:
    assert balance(np.array([5, 1, 9, 0]), TINY).tolist() == [0, 1, 2, 3]


def test_the_same_order_again() -> None:
    work = np.random.default_rng(3).integers(0, 4, 500)
    first, second = (balance(work.copy(), TINY) for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_work_counts_the_active_columns() -> None:
    codes = np.array([[1, 0, 2], [0, 3, 0], [0, 0, 0]], dtype=np.uint8)
    assert row_work(codes).tolist() == [2, 1, 0]
    work = row_work(codes, np.array([10, 7, 0]))
    assert work.tolist() == [10, 7, 0]
    assert work.dtype == np.int64
    with pytest.raises(InputError) as caught:
        row_work(codes, np.array([1, 2]))
    assert str(caught.value) == (
        "activities must have one value for each of the 3 columns, not shape (2,)"
    )


def test_work_of_many_columns_is_added_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    codes = (rng.random((40, 30)) < 0.3).astype(np.uint8)
    activity = rng.integers(0, 500, 30)
    whole = row_work(codes, activity)
    monkeypatch.setattr("zskip.model.eie.compressor.balance.ELEMENTS_PER_BLOCK", 70)
    assert row_work(codes, activity).tolist() == whole.tolist()
    expected = [
        sum(int(activity[column]) for column in range(30) if codes[row, column])
        for row in range(40)
    ]
    assert whole.tolist() == expected
