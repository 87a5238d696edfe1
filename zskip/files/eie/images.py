"""Files of a program's memory images: what ``$readmemh`` reads, and the load stream."""

from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.images import contents, hex_lines, memories
from zskip.model.eie.program import Program

LOAD = "load.hex"
"""File of the load stream: every packet that fills the memories, one stream word a line."""


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
    files = {LOAD: hex_lines(program.load_stream(), STREAM_BITS)}
    for memory in memories(program.config):
        for pe in range(program.config.pe_count if memory.per_pe else 1):
            words = contents(program, memory.name, pe)
            files[memory.image(pe)] = hex_lines(words, memory.bits)
    return files
