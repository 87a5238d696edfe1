"""Programs: contents of every memory of a block, and the passes that it runs from one start."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.stream import ActivationFormat


class Pass(Protocol):
    """One entry of a program's table of passes, as far as it is the same for every engine."""

    @property
    def outputs(self) -> int:
        """Length of the layer's output vector, in activations."""
        ...

    @property
    def form(self) -> ActivationFormat:
        """How these activations stand in the stream."""
        ...

    @property
    def emit_outputs(self) -> bool:
        """Whether the pass sends the layer's outputs out."""
        ...

    @property
    def emit_counters(self) -> bool:
        """Whether the pass sends its counters out."""
        ...

    @property
    def swap(self) -> bool:
        """Whether the layer ends with this pass."""
        ...


class Memory(NamedTuple):
    """A memory of a block.

    Parameters
    ----------
    name : str
        Its name.
    bits : int
        Width of a word.
    depth : int
        Number of words.
    per_pe : bool
        Whether every PE has one of its own.
    parity : int
        1 where each word has a bit of parity above it, 0 where not.
    """

    name: str
    bits: int
    depth: int
    per_pe: bool
    parity: int = 0

    @property
    def stored_bits(self) -> int:
        """Width of a word with its parity."""
        return self.bits + self.parity

    def image(self, words: NDArray[np.generic]) -> bytes:
        """Return words of the memory as ``$readmemh`` reads them, each with its parity."""
        if not self.parity or not words.size:
            return hex_lines(words, self.bits)
        kept = words.astype(np.uint64) & np.uint64((1 << self.bits) - 1)
        odd = (np.bitwise_count(kept) & 1).astype(np.uint64)
        if self.bits < 64:
            return hex_lines(kept | odd << np.uint64(self.bits), self.stored_bits)
        above = np.where(odd, b"1", b"0").tolist()
        return b"".join(
            bit + line
            for bit, line in zip(
                above, hex_lines(kept, self.bits).splitlines(keepends=True), strict=True
            )
        )


class Program(Protocol):
    """A network placed in the memories of a block."""

    @property
    def passes(self) -> Sequence[Pass]:
        """Passes in the order in which they run."""
        ...

    @property
    def cycle_limits(self) -> Sequence[int]:
        """Cycles that each pass stays below, whatever its inputs are."""
        ...

    @property
    def pe_count(self) -> int:
        """Processing elements that have memories of their own."""
        ...

    def load_stream(self) -> NDArray[np.uint64]:
        """Return the packets that fill every memory, one after the other."""
        ...

    def tile_stream(self) -> NDArray[np.uint64]:
        """Return the packets that load weights while a run is under way, behind its start.

        The same for every input vector; empty where weights stay on chip.
        """
        ...

    def contents(self, memory: str, pe: int = 0) -> NDArray[np.generic]:
        """Return the words of a memory from its first one on; there may be fewer than it holds."""
        ...


class OnChip:
    """A program whose weights stay on chip."""

    def tile_stream(self) -> NDArray[np.uint64]:
        """Return the packets that load weights during a run: none."""
        return np.zeros(0, dtype=np.uint64)


def hex_lines(words: NDArray[np.generic], bits: int) -> bytes:
    """Write words as ``$readmemh`` reads them: one a line, hexadecimal, all digits.

    Parameters
    ----------
    words : ndarray of integers, shape (words,)
        The words; negative ones are written in two's complement.
    bits : int
        Width of a word.

    Returns
    -------
    bytes
    """
    if not words.size:
        return b""
    masked = words.astype(np.uint64) & np.uint64((1 << bits) - 1)
    digits = -(-bits // 4)
    text = np.frombuffer(masked.astype(">u8").tobytes().hex("\n", 8).encode() + b"\n", np.uint8)
    return text.reshape(words.size, -1)[:, -digits - 1 :].tobytes()
