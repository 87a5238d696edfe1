"""First-one finders; oracles: popcounts, and the published rule of the window, word by word."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.bitlet.config import BITLET, NAMED, Config
from zskip.model.bitlet.finder import Finder
from zskip.model.bitlet.row import bit_columns, column_ones


def window_cycles(column: list[bool], window: int) -> int:
    """Oracle: the rule of the published circuit, which was compared with it cycle by cycle."""
    pointer = cycles = 0
    while pointer < len(column):
        ones = [place for place, one in enumerate(column[pointer : pointer + window]) if one]
        pointer += ones[1] if len(ones) > 1 else window
        cycles += 1
    return cycles


@st.composite
def columns(draw: st.DrawFn) -> tuple[Config, np.ndarray]:
    """Columns of any density and any finder."""
    pairs = draw(st.sampled_from([8, 16, 32, 64]))
    config = BITLET.replace(
        pairs=pairs,
        load_pairs=8,
        window=draw(st.sampled_from([0, *range(2, 17)])),
        invert=draw(st.integers(0, 1)),
    )
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    return config, rng.random((5, pairs)) < rng.random((5, 1))


@given(columns())
def test_every_one_is_picked_once_in_order(drawn: tuple[Config, np.ndarray]) -> None:
    config, given_columns = drawn
    for column in given_columns:
        inverted, picks = Finder(config).schedule(column)
        assert inverted == bool(config.invert and column.sum() > config.pairs / 2)
        picked = [pick for pick in picks if pick is not None]
        assert picked == np.flatnonzero(column ^ inverted).tolist()
        if config.window:
            assert len(picks) == window_cycles((column ^ inverted).tolist(), config.window)
        else:
            assert len(picks) == max(len(picked), inverted)


@given(columns())
def test_cycles_are_the_lengths_of_schedules(drawn: tuple[Config, np.ndarray]) -> None:
    config, given_columns = drawn
    finder = Finder(config)
    expected = [len(finder.schedule(column).picks) for column in given_columns]
    assert finder.cycles(given_columns).tolist() == expected
    assert finder.cycles(given_columns.reshape(1, 5, 1, -1)).tolist() == [[[n] for n in expected]]


def test_all_columns_of_eight_pairs() -> None:
    every = np.array(list(itertools.product([False, True], repeat=8)))
    full = Finder(BITLET.replace(pairs=8, load_pairs=8, invert=0)).cycles(every)
    assert full.tolist() == every.sum(axis=1).tolist()
    for window in range(2, 17):
        config = BITLET.replace(pairs=8, load_pairs=8, invert=0, window=window)
        cycles = Finder(config).cycles(every)
        assert cycles.tolist() == [window_cycles(column.tolist(), window) for column in every]
        assert (cycles >= full).all()
    inverted = Finder(BITLET.replace(pairs=8, load_pairs=8)).cycles(every)
    assert inverted.max() == 4
    assert (inverted <= np.maximum(full, 1)).all()


@pytest.mark.parametrize(
    ("ones", "picks"),
    [
        ([], [None] * 8),
        ([63], [None] * 7 + [63]),
        # One alone: the window moves by its width from its pointer on.
        ([5], [5] + [None] * 7),
        # Pointers 0, 6 (the second one), 14, 22, 30, ..., 62: one window more than 64 / 8.
        ([3, 6, 20], [3, 6, 20] + [None] * 6),
    ],
)
def test_published_window(ones: list[int], picks: list[int | None]) -> None:
    column = np.isin(np.arange(64), ones)
    assert Finder(NAMED["published"]).schedule(column) == (False, tuple(picks))


def test_a_column_of_ones_takes_one_cycle_when_inverted() -> None:
    column = np.ones(64, dtype=bool)
    assert Finder(BITLET).schedule(column) == (True, (None,))
    assert Finder(BITLET).cycles(column) == 1
    assert Finder(NAMED["published"]).cycles(column) == 64


@pytest.mark.parametrize("lanes", [1, 8, 9, 24])
def test_ones_are_counted_without_columns(lanes: int) -> None:
    magnitudes = np.random.default_rng(lanes).integers(0, 1 << lanes, (3, 2, 64))
    magnitudes[0] = (1 << lanes) - 1
    expected = bit_columns(magnitudes, lanes).sum(axis=-1)
    np.testing.assert_array_equal(column_ones(magnitudes, lanes), expected)
