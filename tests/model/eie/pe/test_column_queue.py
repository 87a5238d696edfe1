"""The column queue; oracle: the columns that have entries, in a list."""

import pytest

from zskip.model.eie.config import TINY
from zskip.model.eie.pe.column_queue import Column, ColumnQueue


def test_empty_columns_are_dropped() -> None:
    queue = ColumnQueue(TINY.replace(column_queue_depth=3))
    columns = [Column(7, 0, 0), Column(1, 0, 2), Column(0, 2, 0), Column(-5, 2, 7)]
    for column in columns:
        queue.push(column)
    assert queue.level == 2
    assert [queue.pop() for _ in range(queue.level)] == [columns[1], columns[3]]


def test_none_behind_a_far_column_until_it_is_the_oldest() -> None:
    # Two rows make pages of four entries, eight of them in the memory.
    queue = ColumnQueue(
        TINY.replace(broadcast_rounds=1, register_depth=2, entries_per_word=1, spmat_depth=32)
    )
    for start in (3, 4, 8, 11):
        assert not queue.full
        queue.push(Column(1, start, 1))
    queue.push(Column(1, 20, 1))
    for level in (5, 4, 3, 2):
        assert (queue.level, queue.full) == (level, True)
        queue.pop()
    # Alone it holds nothing up; the page behind the last one is the first one, others are far.
    assert not queue.full
    for start in (24, 31, 0):
        assert not queue.full
        queue.push(Column(1, start, 1))
    assert not queue.full
    queue.push(Column(1, 31, 1))
    assert queue.full


def test_without_rounds_no_column_is_far() -> None:
    queue = ColumnQueue(TINY)
    for start in (0, 4000, 17):
        queue.push(Column(1, start, 1))
        assert not queue.full


def test_a_full_queue_takes_empty_columns_only() -> None:
    queue = ColumnQueue(TINY.replace(column_queue_depth=1))
    queue.push(Column(1, 0, 2))
    assert queue.full
    queue.push(Column(1, 2, 0))
    with pytest.raises(IndexError, match="full column queue"):
        queue.push(Column(1, 2, 1))
    assert queue.pop() == Column(1, 0, 2)
    assert not queue.full
    with pytest.raises(IndexError):
        queue.pop()
