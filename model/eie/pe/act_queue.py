"""Activation queue: decouples a PE from the broadcast (EIE paper, section IV)."""

from collections import deque

from zskip.model.eie.config import Config


class ActQueue:
    """First-in first-out queue of broadcast activations.

    Parameters
    ----------
    config : Config
        Gives the depth: all ``queue_depth`` entries are usable.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self._entries: deque[tuple[int, int]] = deque()

    @property
    def full(self) -> bool:
        """Whether a push would be refused; the broadcast waits for that."""
        return len(self._entries) == self.config.queue_depth

    @property
    def level(self) -> int:
        """Entries held."""
        return len(self._entries)

    def push(self, value: int, index: int) -> None:
        """Append an activation and its column index.

        Raises
        ------
        IndexError
            The queue is full.
        """
        if self.full:
            raise IndexError("push into a full activation queue")
        self._entries.append((value, index))

    def pop(self) -> tuple[int, int]:
        """Remove and return the oldest activation and its column index.

        Raises
        ------
        IndexError
            The queue is empty.
        """
        return self._entries.popleft()
