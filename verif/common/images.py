"""Memories of a simulated block as files, in place of its load stream."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zskip.hw.common.engine import Hardware
from zskip.model.common.program import Memory, Program
from zskip.verif.common.simulator import Build


def image_file(compiled: Build, hardware: Hardware[Any], memory: str, pe: int | None = None) -> str:
    """Return the name of the file that an SRAM of the simulation reads.

    Parameters
    ----------
    compiled : Build
        What is simulated.
    hardware : Hardware
        The block.
    memory : str
        Name of the memory.
    pe : int, optional
        Number of its PE, if it is in one.

    Returns
    -------
    str
        The path of the instance in the hierarchy of the simulation, which is what the SRAM knows.
    """
    return f"{compiled.path(f'{hardware.top}.{hardware.instance(memory, pe)}')}.hex"


def write_images(
    compiled: Build,
    hardware: Hardware[Any],
    memories: Sequence[Memory],
    program: Program,
    folder: Path,
) -> None:
    """Write the memories that the load stream of a program fills.

    Parameters
    ----------
    compiled : Build
        What is simulated.
    hardware : Hardware
        The block.
    memories : sequence of Memory
        Its memories.
    program : Program
        Their contents.
    folder : pathlib.Path
        An empty folder.
    """
    for memory in memories:
        for pe in range(program.pe_count) if memory.per_pe else (None,):
            words = program.contents(memory.name, pe or 0)
            # An explicit address tells the simulator that the memory need not be filled.
            text = b"@0\n" + memory.image(words)
            (folder / image_file(compiled, hardware, memory.name, pe)).write_bytes(text)


def read_options(folder: Path) -> list[str]:
    """Return the arguments with which a simulation begins with the memories of a folder."""
    return [f"+zskip_images={folder}"]


def dump_options(folder: Path) -> list[str]:
    """Return the arguments with which a simulation leaves its memories in a folder."""
    return [f"+zskip_dump={folder}"]
