"""Memories of a simulated array as files, in place of its load stream."""

from pathlib import Path

from zskip.hw.eie.verilog import TOP_MODULE
from zskip.model.eie.images import contents, hex_lines, memories
from zskip.model.eie.program import Program

PLACES = {
    "spmat": "sparse_matrix_read.sram",
    "pointers_even": "pointer_read.even",
    "pointers_odd": "pointer_read.odd",
    "bias": "accumulators.bias",
    "program": "ccu.program_memory.sram",
}
"""Instance of each of `zskip.model.eie.images.memories`, inside its PE or at the top."""


def image_file(name: str, pe: int | None = None) -> str:
    """Return the name of the file that an SRAM of the simulation reads.

    Parameters
    ----------
    name : str
        Name of the memory.
    pe : int, optional
        Number of its PE, if it is in one.

    Returns
    -------
    str
        The path of the instance in the hierarchy of the Verilog, which is what the SRAM knows.
    """
    where = "" if pe is None else f"pe_{pe}."
    return f"{TOP_MODULE}.{where}{PLACES[name]}.hex"


def write_images(program: Program, folder: Path) -> None:
    """Write the memories that the load stream of a program fills.

    Parameters
    ----------
    program : Program
        Contents of the memories.
    folder : pathlib.Path
        An empty folder.
    """
    for memory in memories(program.config):
        for pe in range(program.config.pe_count) if memory.per_pe else (None,):
            words = contents(program, memory.name, pe or 0)
            # An explicit address tells the simulator that the memory need not be filled.
            text = b"@0\n" + hex_lines(words, memory.bits)
            (folder / image_file(memory.name, pe)).write_bytes(text)


def read_options(folder: Path) -> list[str]:
    """Return the arguments with which a simulation begins with the memories of a folder."""
    return [f"+zskip_images={folder}"]


def dump_options(folder: Path) -> list[str]:
    """Return the arguments with which a simulation leaves all its memories in a folder."""
    return [f"+zskip_dump={folder}"]
