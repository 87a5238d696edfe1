"""Plain Verilog names for the wires of a netlist."""

import re

_WORDS = """
accept_on alias always always_comb always_ff always_latch and assert assign assume automatic
    before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle
    checker class clocking cmos config const constraint context continue cover covergroup
    coverpoint cross deassign default defparam design disable dist do edge else end endcase
    endclass endfunction endmodule endtask enum event eventually expect export extends extern
    final first_match for force foreach forever fork function generate genvar global highz0 highz1
    if iff ifnone implements implies import incdir include initial inout input inside instance int
    integer interconnect interface intersect join large let liblist library local localparam logic
    longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor
    not null or output package packed parameter pmos posedge primitive priority program property
    protected pull0 pull1 pulldown pullup pure rand randc randcase randsequence rcmos real
    realtime ref reg reject_on release repeat restrict return scalared sequence shortint shortreal
    showcancelled signed small soft solve specify specparam static string strong strong0 strong1
    struct super supply0 supply1 table tagged task this throughout time timeprecision timeunit
    tran tri tri0 tri1 triand trior trireg type typedef union unique unique0 unsigned until
    untyped use uwire var vectored virtual void wait wand weak weak0 weak1 while wildcard wire
    with within wor xnor xor
"""

KEYWORDS = frozenset(_WORDS.split())
"""Words of Verilog and SystemVerilog that name nothing else."""


def is_plain(name: str) -> bool:
    """Return whether Verilog and SystemVerilog accept a name as it is."""
    return re.fullmatch(r"[A-Za-z_]\w*", name, re.ASCII) is not None and name not in KEYWORDS


class Names:
    """Plain names, each given once.

    Parameters
    ----------
    taken : iterable of str
        Names that are in use.
    """

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self._taken = set(taken)
        self._given: dict[str, str] = {}

    def __getitem__(self, wire: str) -> str:
        """Return the name of a wire; ``t1``, ``t2``... for those that have none yet."""
        if wire not in self._given:
            self.give(wire, "" if wire[0] == "$" else wire[1:])
        return self._given[wire]

    def keep(self, wire: str) -> None:
        """Call a port by its own name."""
        self._taken.add(wire[1:])
        self._given[wire] = wire[1:]

    def give(self, wire: str, wanted: str) -> None:
        """Call a wire by the name that is wanted, or the next free one like it."""
        stem = re.sub(r"\W+", "_", wanted, flags=re.ASCII).strip("_") or "t"
        stem = f"t{stem}" if stem[0].isdigit() else stem
        number, name = 0, stem if wanted else ""
        while not name or name in self._taken or name in KEYWORDS:
            number += 1
            name = f"{stem}{'_' if wanted else ''}{number}"
        self._taken.add(name)
        self._given[wire] = name
