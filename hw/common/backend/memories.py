"""Memories of a netlist with their ports."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from zskip.hw.common.backend.netlist import Cell, Chunk, Netlist, Spec, memory_of
from zskip.hw.common.backend.specs import part, width

CLOCK: Spec = (Chunk("\\clk", 0, 1),)
"""Clock of all registers."""


@dataclass
class Lane:
    """Neighboring bits of a word that are written together, and what enables that."""

    low: int
    enable: Spec
    data: Spec


@dataclass
class Write:
    """A write port: at the clock's edge, each lane that is enabled is written."""

    address: Spec
    lanes: list[Lane]

    def specs(self) -> Iterator[Spec]:
        """Yield everything that it reads."""
        yield from (CLOCK, self.address)
        for lane in self.lanes:
            yield from (lane.enable, lane.data)


@dataclass
class Read:
    """A read port that drives a wire.

    One with an `enable` changes the wire at the clock's edge, to the word as it was before, or as
    those ports leave it that it is `transparent` for. One without always shows the word.
    """

    memory: str
    wire: str
    address: Spec
    enable: Spec = ()
    transparent: list[Write] = field(default_factory=list)

    def specs(self) -> Iterator[Spec]:
        """Yield everything that it reads."""
        yield self.address
        if self.enable:
            yield from (CLOCK, self.enable)
        for write in self.transparent:
            yield from write.specs()


@dataclass
class Memory:
    """A memory: its name, width, words at the beginning, and ports."""

    name: str
    width: int
    words: list[str]
    reads: list[Read]
    writes: list[Write]

    def read_specs(self) -> Iterator[Spec]:
        """Yield everything that the ports read."""
        for port in (*self.reads, *self.writes):
            yield from port.specs()

    def written_specs(self) -> Iterator[Spec]:
        """Yield everything that the write ports read."""
        for port in self.writes:
            yield from port.specs()


def memories(netlist: Netlist) -> list[Memory]:
    """Return the memories of a netlist.

    Parameters
    ----------
    netlist : Netlist
        Its cells read no wires that only stand for other bits.
    """
    found = []
    for name, (bits, depth) in netlist.memories.items():
        ports: dict[str, list[Cell]] = {}
        for cell in netlist.cells:
            if cell.kind.startswith("$mem") and memory_of(cell) == name:
                ports.setdefault(cell.kind, []).append(cell)
        contents = "".join(chunk.bits for chunk in reversed(ports["$meminit_v2"][0].ports["DATA"]))
        words = [contents[start - bits : start] for start in range(depth * bits, 0, -bits)]
        writes = [Write(cell.ports["ADDR"], _lanes(cell)) for cell in ports.get("$memwr_v2", [])]
        reads = [_read(name, cell, writes) for cell in ports.get("$memrd_v2", [])]
        found.append(Memory(name, bits, words, reads, writes))
    return found


def _read(memory: str, cell: Cell, writes: list[Write]) -> Read:
    read = Read(memory, cell.ports["DATA"][0].wire, cell.ports["ADDR"])
    if cell.parameters["CLK_ENABLE"] == "1":
        read.enable = cell.ports["EN"]
        mask = reversed(cell.parameters["TRANSPARENCY_MASK"].partition("b")[2])
        read.transparent = [write for write, bit in zip(writes, mask, strict=True) if bit == "1"]
    return read


def _lanes(cell: Cell) -> list[Lane]:
    enable, data = cell.ports["EN"], cell.ports["DATA"]
    lanes = []
    low = 0
    for bit, same in groupby(part(enable, place, 1) for place in range(width(enable))):
        bits = len(list(same))
        lanes.append(Lane(low, bit, part(data, low, bits)))
        low += bits
    return lanes
