"""Memory images of a program, as hexadecimal text that ``$readmemh`` reads."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.passes import pass_words
from zskip.model.eie.program import Program


class Memory(NamedTuple):
    """A kind of SRAM of the array.

    Parameters
    ----------
    name : str
        Name in the paths of its images.
    bits, depth : int
        Width and number of its words.
    per_pe : bool
        Whether each PE has one.
    """

    name: str
    bits: int
    depth: int
    per_pe: bool

    def image(self, pe: int = 0) -> str:
        """Return the path of an image inside the folder of the Verilog."""
        return f"images/pe{pe:03}_{self.name}.hex" if self.per_pe else f"images/{self.name}.hex"


def memories(config: Config) -> list[Memory]:
    """Return the kinds of SRAM of an array that a program fills.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    list of Memory
    """
    return [
        Memory("spmat", config.word_bits, config.spmat_depth, True),
        Memory("pointers_even", config.pointer_bits, config.pointer_depth // 2, True),
        Memory("pointers_odd", config.pointer_bits, config.pointer_depth // 2, True),
        Memory("bias", config.acc_bits, config.bias_depth, True),
        Memory("program", STREAM_BITS, pass_words(config) * config.pass_count, False),
    ]


def contents(program: Program, name: str, pe: int = 0) -> NDArray[np.generic]:
    """Return the words of an SRAM from its first one on; there may be fewer than it holds.

    Parameters
    ----------
    program : Program
        Contents of the memories.
    name : str
        Name of one of the `memories`.
    pe : int, optional
        Number of the PE, for a memory that each PE has.

    Returns
    -------
    ndarray of int64 or uint64
    """
    if name == "spmat":
        return program.spmat[pe]
    if name == "bias":
        return program.bias[pe]
    if name == "program":
        return program.program_words()
    return program.pointers[pe, 0::2] if name == "pointers_even" else program.pointers[pe, 1::2]


def hex_lines(words: NDArray[np.generic], bits: int) -> bytes:
    """Return words as lines of hexadecimal digits, negative ones in two's complement.

    Parameters
    ----------
    words : ndarray of int64 or uint64
        The words.
    bits : int
        Bits of a word, 1 to 64.

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
