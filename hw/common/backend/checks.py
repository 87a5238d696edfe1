"""Refuses modules that the writer has no Verilog for."""

from collections.abc import Collection, Iterator

from zskip.hw.common.backend.names import is_plain
from zskip.hw.common.backend.netlist import Cell, Chunk, Netlist, memory_of
from zskip.model.common.errors import InputError

_KINDS = (
    "not neg reduce_or reduce_and reduce_xor reduce_bool add sub mul divfloor modfloor and or xor "
    "eq ne lt le gt ge shl shr sshr shift mux dff memrd_v2 memwr_v2 meminit_v2"
)
"""Cells that have Verilog."""

_NAMES = {
    "$adff": "a register with an asynchronous reset",
    "$tribuf": "a tristate buffer",
    "$print": "a Print",
    "$check": "an Assert, Assume or Cover",
    "$anyconst": "an AnyConst",
    "$anyseq": "an AnySeq",
    "$initstate": "an Initial",
}
_CLOCK = (Chunk("\\clk", 0, 1),)


def check(netlist: Netlist, ports: Collection[str]) -> None:
    """Refuse what has no Verilog.

    Parameters
    ----------
    netlist : Netlist
        The module, as Amaranth describes it.
    ports : collection of str
        Names of its ports besides clock and reset.

    Raises
    ------
    InputError
        If it uses a clock domain besides ``sync``, an asynchronous reset, a falling clock edge, a
        tristate or bidirectional port, a memory without words, a statement for simulation or
        formal proofs, or has a port whose name Verilog does not allow.
    """
    wrong = next(_problems(netlist, ports), None)
    if wrong:
        raise InputError(f"Verilog module {netlist.name} {wrong}")


def _problems(netlist: Netlist, ports: Collection[str]) -> Iterator[str]:
    """Yield what must hold, what is there, and what to do."""
    for wire in netlist.wires.values():
        name = wire.name[1:]
        if wire.direction == "inout" or (wire.direction and name not in {*ports, "clk", "rst"}):
            yield (
                "must have no ports but its own, clk and rst of the domain sync, but has "
                f"{name}: use one clock domain, and no bidirectional ports"
            )
        if wire.direction and not is_plain(name):
            yield f"must have ports that Verilog can name, but has {name}: rename it"
    for cell in netlist.cells:
        construct = _construct(cell, netlist)
        if construct:
            yield (
                "must hold only logic, registers and memories at the rising edge of clk, but "
                f"has {construct}: take it out"
            )


def _construct(cell: Cell, netlist: Netlist) -> str:
    """Return the construct that a cell without Verilog comes from; nothing for all others."""
    if cell.kind[0] != "$":
        return ""
    if cell.kind[1:] not in _KINDS.split():
        return _NAMES.get(cell.kind, f"the cell {cell.kind}")
    if cell.kind.startswith("$mem") and memory_of(cell) not in netlist.memories:
        return f"the memory {memory_of(cell)[1:]} without words"
    clocked = cell.kind == "$dff" or cell.parameters.get("CLK_ENABLE") == "1"
    if clocked and (cell.ports["CLK"] != _CLOCK or cell.parameters["CLK_POLARITY"] != "1"):
        return "a register of another clock or edge"
    return ""
