"""Column queue: columns that have entries wait for the sparse matrix read."""

from collections import deque
from typing import NamedTuple

from zskip.model.eie.config import Config


class Column(NamedTuple):
    """An activation with its column's first entry and the number of its entries."""

    value: int
    start: int
    entries: int

    @property
    def empty(self) -> bool:
        """Whether the column has no entries."""
        return self.entries == 0


class ColumnQueue:
    """First-in first-out queue of columns; empty ones are dropped.

    Parameters
    ----------
    config : Config
        Gives the depth: all ``column_queue_depth`` entries are usable.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._columns: deque[Column] = deque()

    @property
    def full(self) -> bool:
        """Whether a push of a column that has entries would be refused."""
        return len(self._columns) == self.config.column_queue_depth

    @property
    def level(self) -> int:
        """Columns held."""
        return len(self._columns)

    def push(self, column: Column) -> None:
        """Append a column, or drop it if it is empty.

        Raises
        ------
        IndexError
            The queue is full, and the column has entries.
        """
        if column.empty:
            return
        if self.full:
            raise IndexError("push into a full column queue")
        self._columns.append(column)

    def pop(self) -> Column:
        """Remove and return the oldest column.

        Raises
        ------
        IndexError
            The queue is empty.
        """
        return self._columns.popleft()
