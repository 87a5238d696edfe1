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
