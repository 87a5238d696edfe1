"""SRAMs of a design as black boxes: one Verilog module and one Liberty cell for each size."""

import re
from typing import NamedTuple

from zskip.hw.common.sram import MODULE, VERILOG
from zskip.model.common.sram_table import SramCost

INSTANCE = re.compile(
    rf"\b{MODULE} #\(\.WIDTH\((\d+)\), \.DEPTH\((\d+)\), \.LANES\((\d+)\), "
    r"\.ADDRESS_BITS\((\d+)\)\)"
)
"""How the Verilog of every engine begins an instance."""

PORT_CAPACITANCE_FF = 2.0
"""Load of an input of an SRAM, that of a small gate."""


THRESHOLDS = {"input": 50, "output": 50, "slew_lower": 20, "slew_upper": 80}
"""Where in an edge times are taken, in percent of the supply."""


class Size(NamedTuple):
    """Size of an SRAM.

    Parameters
    ----------
    width, depth, lanes, address_bits : int
        Parameters of the Verilog module.
    """

    width: int
    depth: int
    lanes: int
    address_bits: int

    @property
    def name(self) -> str:
        """Name of its module and cell."""
        return f"{MODULE}_{self.depth}x{self.width}x{self.lanes}"

    @property
    def ports(self) -> tuple[tuple[str, str, int], ...]:
        """Name, direction and bits of each port."""
        return (
            ("clk", "input", 1),
            ("en", "input", 1),
            ("we", "input", self.lanes),
            ("address", "input", self.address_bits),
            ("w_data", "input", self.width),
            ("r_data", "output", self.width),
        )

    def verilog(self) -> str:
        """Return its module, without contents."""
        ports = ", ".join(f"{way} [{bits - 1}:0] {name}" for name, way, bits in self.ports)
        return f"(* blackbox *) module {self.name} ({ports}); endmodule\n"


def black_boxes(verilog: str) -> tuple[str, dict[str, Size]]:
    """Give every SRAM of a design a module of its size.

    Parameters
    ----------
    verilog : str
        The design, with the SRAM's module.

    Returns
    -------
    verilog : str
        The same with modules without contents.
    sizes : dict of str to Size
        By name of the module.
    """
    sizes: dict[str, Size] = {}

    def named(found: re.Match[str]) -> str:
        size = Size(*map(int, found.groups()))
        sizes[size.name] = size
        return size.name

    text = INSTANCE.sub(named, verilog.replace(VERILOG.read_text(encoding="utf-8"), ""))
    return text + "".join(size.verilog() for size in sizes.values()), sizes


def liberty(costs: dict[Size, SramCost], *, instant: bool = False) -> str:
    """Return a Liberty file of SRAMs: area, and the time from the clock to the data.

    Parameters
    ----------
    costs : dict of Size to SramCost
        Figures of each size.
    instant : bool, optional
        Leave the time of an access out.
    """
    cells = [_cell(size, cost, 0.0 if instant else cost.access_ns) for size, cost in costs.items()]
    widths = sorted({bits for size in costs for _, _, bits in size.ports})
    types = [
        f"type (bus{bits}) {{ base_type : array; data_type : bit; bit_width : {bits}; "
        f"bit_from : {bits - 1}; bit_to : 0; }}"
        for bits in widths
    ]
    head = (
        'time_unit : "1ns"; voltage_unit : "1V"; current_unit : "1mA"; '
        'pulling_resistance_unit : "1kohm"; capacitive_load_unit (1, ff); '
        + " ".join(
            f"{kind}_threshold_pct_{edge} : {percent};"
            for kind, percent in THRESHOLDS.items()
            for edge in ("rise", "fall")
        )
    )
    return "\n".join(
        ["library (srams) { delay_model : table_lookup;", head, *types, *cells, "}", ""]
    )


def _cell(size: Size, cost: SramCost, access_ns: float) -> str:
    """Return the cell of an SRAM."""
    lines = [f"cell ({size.name}) {{ area : {cost.area_um2:.6g};"]
    for name, way, bits in size.ports:
        clock = "clock : true; " if name == "clk" else ""
        bus = f"bus ({name}) {{ bus_type : bus{bits};" if name != "clk" and name != "en" else ""
        body = bus or f"pin ({name}) {{ {clock}"
        load = f"capacitance : {PORT_CAPACITANCE_FF};" if way == "input" else ""
        timing = _timing(access_ns) if name == "r_data" else ""
        lines.append(f"  {body} direction : {way}; {load} {timing} }}")
    return "\n".join([*lines, "}"])


def _timing(access_ns: float) -> str:
    """Return the arc from the clock to the data, whatever the load."""
    delays = " ".join(
        f'{name} (scalar) {{ values ("{value:.4f}"); }}'
        for name, value in (
            ("cell_rise", access_ns),
            ("cell_fall", access_ns),
            ("rise_transition", 0.02),
            ("fall_transition", 0.02),
        )
    )
    return f'timing () {{ related_pin : "clk"; timing_type : rising_edge; {delays} }}'
