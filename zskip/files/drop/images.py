"""Files of a program: memory images for ``$readmemh``, and the load stream."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from zskip.hw.common.engine import Hardware
from zskip.model.common.program import Memory, Program, hex_lines
from zskip.model.common.stream import STREAM_BITS

LOAD = "load.hex"
"""File of the load stream: every packet that fills the memories, one stream word a line."""

TILES = "tiles.hex"
"""File of the load stream behind the start of each run, where weights are streamed."""


def image(hardware: Hardware[Any], memory: Memory, pe: int = 0) -> str:
    """Return the path of a memory's image inside the folder of the Verilog.

    It is named after the instance, as the SRAM module looks for it.
    """
    return f"images/{hardware.instance(memory.name, pe if memory.per_pe else None)}.hex"


def image_patterns(hardware: Hardware[Any], memories: Sequence[Memory]) -> Iterator[str]:
    """Yield patterns of the images of these memories, whatever their number."""
    return (re.sub(r"\d+", "[0-9]*", image(hardware, memory)) for memory in memories)


def images(
    hardware: Hardware[Any], program: Program, memories: Sequence[Memory]
) -> dict[str, bytes]:
    """Return the load stream and the image of every SRAM.

    Parameters
    ----------
    hardware : Hardware
        The block.
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
    if (tiles := program.tile_stream()).size:
        files[TILES] = hex_lines(tiles, STREAM_BITS)
    for memory in memories:
        for pe in range(program.pe_count if memory.per_pe else 1):
            words = program.contents(memory.name, pe)
            # An explicit address tells simulators that the memory need not be filled.
            files[image(hardware, memory, pe)] = b"@0\n" + memory.image(words)
    return files
