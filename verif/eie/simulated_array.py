"""Verilog of an array as simulations run it: a module around it that makes it quick to simulate."""

from collections.abc import Iterable
from typing import Any

from amaranth import Value
from amaranth.lib.wiring import In

from zskip.hw.eie.array import array_signature
from zskip.hw.eie.verilog import TOP_MODULE, array_verilog
from zskip.model.eie.config import Config

TOP = "zskip_eie_simulated"
"""Verilog module at the top of a simulation; it has the ports of the array."""

ARRAY = f"{TOP}.held.array"
"""Instance of the array in it."""


def simulated_verilog(config: Config) -> str:
    """Return the Verilog of an array inside the module that simulations run.

    Whatever can change between clock edges, as far as Verilator knows, makes it evaluate all logic
    behind it at every edge once more: inputs, and all signals of the top, which are visible to the
    bench. So the reset, which all logic depends on, comes from a register, one cycle late, and
    from below the top.

    Parameters
    ----------
    config : Config
        The array.

    Returns
    -------
    str
    """
    ports = {"clk": "input wire", "rst": "input wire"}
    signature = array_signature()
    flattened: Iterable[tuple[Any, Any, Any]] = signature.flatten(signature.create())
    for path, member, value in flattened:
        direction = "input" if member.flow is In else "output"
        width = len(Value.cast(value))
        ports["__".join(map(str, path))] = f"{direction} wire [{width - 1}:0]"
    declared = ", ".join(f"{kind} {name}" for name, kind in ports.items())
    through = ", ".join(f".{name}({name})" for name in ports)
    held = through.replace(".rst(rst)", ".rst(held)")
    return (
        f"{array_verilog(config)}\n"
        f"module {TOP}_held({declared});\n"
        "  reg held = 1;\n"
        "  always @(posedge clk) held <= rst;\n"
        f"  {TOP_MODULE} array({held});\n"
        "endmodule\n\n"
        f"module {TOP}({declared});\n"
        f"  {TOP}_held held({through});\n"
        "endmodule\n"
    )
