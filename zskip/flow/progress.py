"""Progress as the library functions report it, however it is shown."""

from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from types import TracebackType

Progress = Callable[[str, int | None], AbstractContextManager[Callable[[int], None]]]
"""Makes a progress bar from a description and a number of steps; inside the context, the function
it gives takes the number of steps just done."""


def silent(description: str, total: int | None) -> AbstractContextManager[Callable[[int], None]]:
    """Show nothing."""
    return nullcontext(lambda steps: None)


class Background:
    """Steps done in another thread, which end its work where nobody waits for it any more.

    The other thread calls it with the number of steps just done. This one enters its context, and
    leaves it when it has the result, or when it gives up: then the next call raises
    `CancelledError`.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._unseen = 0
        self._advance: Callable[[int], None] | None = None
        self._wanted = True

    def __enter__(self) -> "Background":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._wanted = False

    def __call__(self, steps: int) -> None:
        """Count steps."""
        if not self._wanted:
            raise CancelledError
        with self._lock:
            if self._advance is None:
                self._unseen += steps
            else:
                self._advance(steps)

    def show(self, advance: Callable[[int], None]) -> None:
        """Pass all steps on, those done before this call first."""
        with self._lock:
            advance(self._unseen)
            self._advance = advance
