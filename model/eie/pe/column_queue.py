"""Column queue: columns that have entries wait for the sparse matrix read."""

from collections import deque
from typing import NamedTuple

from zskip.model.eie.config import Config
from zskip.model.eie.places import pages_behind


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
        Gives the depth: all ``column_queue_depth`` entries are usable. With `queues_by_page` none
        is taken behind a column that is neither on the page of the one before nor on the next one,
        until that column is the oldest.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._columns: deque[Column] = deque()
        self._newest = 0
        """Where the newest column stands."""
        self._far = False
        """The newest column is far from the one before."""

    @property
    def full(self) -> bool:
        """Whether a push of a column that has entries would be refused."""
        waits = self._far and self.level > 1
        return waits or self.level == self.config.column_queue_depth

    @property
    def level(self) -> int:
        """Columns held."""
        return len(self._columns)

    def push(self, column: Column) -> None:
        """Append a column, or drop it if it is empty.

        Raises
        ------
        IndexError
            The queue takes none, and the column has entries.
        """
        if column.empty:
            return
        if self.full:
            raise IndexError("push into a full column queue")
        self._columns.append(column)
        if self.config.queues_by_page:
            self._far = bool(pages_behind(column.start, self._newest, self.config) > 1)
            self._newest = column.start

    def pop(self) -> Column:
        """Remove and return the oldest column.

        Raises
        ------
        IndexError
            The queue is empty.
        """
        return self._columns.popleft()
