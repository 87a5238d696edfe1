"""Memory images of a program, as hexadecimal text that ``$readmemh`` reads."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.config import STREAM_BITS, Config
from zskip.model.eie.schedule import Program, pass_words

LOAD = "load.hex"
"""File of the load stream: every packet that fills the memories, one stream word a line."""


class Memory(NamedTuple):
    """A kind of SRAM of the array.

    Parameters
    ----------
    name : str
        What it is called in the names of its images.
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
    """Return the kinds of SRAM of an array."""
    return [
        Memory("spmat", config.word_bits, config.spmat_depth, True),
        Memory("pointers_even", config.pointer_bits, config.pointer_depth // 2, True),
        Memory("pointers_odd", config.pointer_bits, config.pointer_depth // 2, True),
        Memory("bias", config.acc_bits, config.bias_depth, True),
        Memory("program", STREAM_BITS, pass_words(config) * config.pass_count, False),
    ]


def images(program: Program) -> dict[str, bytes]:
    """Return the load stream and the image of every SRAM.

    Parameters
    ----------
    program : Program
        Contents of the memories.

    Returns
    -------
    dict of str to bytes
        By path inside the folder of the Verilog. An image may be shorter than its SRAM.
    """
    files = {LOAD: _hex(program.load_stream(), STREAM_BITS)}
    for memory in memories(program.config):
        for pe in range(program.config.pe_count if memory.per_pe else 1):
            files[memory.image(pe)] = _hex(_contents(program, memory.name, pe), memory.bits)
    return files


def _contents(program: Program, name: str, pe: int) -> NDArray[np.generic]:
    """Return the words of an SRAM."""
    if name == "spmat":
        return program.spmat[pe]
    if name == "bias":
        return program.bias[pe]
    if name == "program":
        return program.program_words()
    return program.pointers[pe, 0::2] if name == "pointers_even" else program.pointers[pe, 1::2]


def _hex(words: NDArray[np.generic], bits: int) -> bytes:
    """Return words as lines of hexadecimal digits, negative ones in two's complement."""
    digits, mask = -(-bits // 4), (1 << bits) - 1
    return "".join(f"{int(word) & mask:0{digits}x}\n" for word in words.tolist()).encode()
