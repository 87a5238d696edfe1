"""Way of a driver to a block behind AXI."""

import mmap
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from zskip.model.common.registers import MAP_BYTES

WORD = 4
"""Bytes of a register."""


class Transport(Protocol):
    """Registers and streams of a block; any object with these four will do.

    Methods raise an exception of their own where the bus answers with an error.
    """

    def read(self, address: int, /) -> int:
        """Return a register of 32 bits; `address` counts bytes from the first one."""
        ...

    def write(self, address: int, value: int, /) -> None:
        """Write a register of 32 bits."""
        ...

    def send(self, words: Sequence[int], /) -> None:
        """Send words of 64 bits to ``s_axis``, ``tlast`` with the last one."""
        ...

    def receive(self) -> Sequence[int]:
        """Return the words that ``m_axis`` has sent since the last call, without waiting."""
        ...


class MappedTransport:
    """Registers in memory, such as those of ``/dev/mem`` or of a device of UIO.

    Parameters
    ----------
    path : path
        File to map.
    send, receive : callable
        The streams, by a DMA engine or a FIFO of the system; as in `Transport`.
    offset : int, optional
        Where the block's registers begin in the file, a multiple of the size of a page.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        send: Callable[[Sequence[int]], None],
        receive: Callable[[], Sequence[int]],
        offset: int = 0,
    ) -> None:
        self.send = send
        self.receive = receive
        with Path(path).open("r+b", buffering=0) as file:
            self._map = mmap.mmap(file.fileno(), MAP_BYTES, offset=offset)
        # Words of a view are accessed whole; bytes of the map need not be.
        self._bytes = memoryview(self._map)
        self._words = self._bytes.cast("I")

    def read(self, address: int) -> int:
        """Return a register."""
        return self._words[address // WORD]

    def write(self, address: int, value: int) -> None:
        """Write a register."""
        self._words[address // WORD] = value

    def close(self) -> None:
        """Give the memory back."""
        self._words.release()
        self._bytes.release()
        self._map.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
