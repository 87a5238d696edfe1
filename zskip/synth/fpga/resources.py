"""Resources of an FPGA that the units of a design take."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from zskip.hw.common.sram import MODULE as SRAM
from zskip.model.common.errors import RunFailure
from zskip.synth.fpga.netlist import Netlist
from zskip.synth.result import Unit, plain_name


@dataclass(frozen=True, kw_only=True)
class Cells:
    """What the cells of a family are.

    Parameters
    ----------
    resources : mapping of str to mapping of str to float
        For each resource, the cells that take some of it and how much.
    free : frozenset of str
        Cells that take nothing that is counted.
    memories : frozenset of str
        Cells that hold words.
    """

    resources: Mapping[str, Mapping[str, float]]
    free: frozenset[str]
    memories: frozenset[str]

    @property
    def logic(self) -> frozenset[str]:
        """Cells of plain logic."""
        return self.free.union(self.resources["LUT"]) - self.memories

    def count(self, cells: Mapping[str, int]) -> dict[str, float]:
        """Return how much of each resource some cells take."""
        return {
            resource: sum(each * cells.get(cell, 0) for cell, each in taken.items())
            for resource, taken in self.resources.items()
        }

    def check(self, netlist: Netlist) -> None:
        """Refuse a netlist that cannot be counted, or with an SRAM that is none.

        Parameters
        ----------
        netlist : Netlist
            The netlist.

        Raises
        ------
        RunFailure
            A cell is unknown, or an SRAM has become flip-flops.
        """
        known = self.free.union(*self.resources.values())
        for instance, cells in netlist.cells.items():
            if unknown := set(cells) - known:
                raise RunFailure(
                    f"every cell must be one that zskip counts, but {instance or 'the top'} has "
                    f"{', '.join(sorted(unknown))}: use another release of Yosys"
                )
            if netlist.modules[instance] == SRAM and cells and not self.memories & set(cells):
                raise RunFailure(
                    f"every SRAM must be made of memory cells, but {instance} became "
                    f"{sum(cells.values()):,} other cells: give it a depth that the family has"
                )


def units(netlist: Netlist, cells: Cells) -> tuple[Unit, ...]:
    """Return the units of a design with what they take.

    Parameters
    ----------
    netlist : Netlist
        The design.
    cells : Cells
        What its cells are.

    Returns
    -------
    tuple of Unit
        Instances whose names differ in numbers only, such as ``pe_0`` and ``pe_1``, are one unit.
    """
    totals: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    counts: Counter[tuple[str, ...]] = Counter()
    for instance, own in netlist.cells.items():
        path = tuple(plain_name(part) for part in instance.split(".") if part)
        counts[path] += 1
        for depth in range(len(path) + 1):
            totals[path[:depth]].update(own)
    return tuple(
        Unit(
            name=path[-1] if path else netlist.modules[""],
            depth=len(path),
            count=counts[path],
            figures=cells.count(totals[path]),
        )
        for path in sorted(totals)
    )
