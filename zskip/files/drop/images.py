"""Files of a program: memory images for ``$readmemh``, and the load stream."""

from collections.abc import Sequence

from zskip.model.common.program import Memory, Program, hex_lines
from zskip.model.common.stream import STREAM_BITS

LOAD = "load.hex"
"""File of the load stream: every packet that fills the memories, one stream word a line."""


def images(program: Program, memories: Sequence[Memory]) -> dict[str, bytes]:
    """Return the load stream and the image of every SRAM.

    Parameters
    ----------
    program : Program
        Contents of the memories.
    memories : sequence of Memory
        The memories.

    Returns
    -------
    dict of str to bytes
        By path inside the folder of the Verilog. An image may be shorter than its SRAM.
    """
    files = {LOAD: hex_lines(program.load_stream(), STREAM_BITS)}
    for memory in memories:
        for pe in range(program.pe_count if memory.per_pe else 1):
            words = program.contents(memory.name, pe)
            files[memory.image(pe)] = hex_lines(words, memory.bits)
    return files
