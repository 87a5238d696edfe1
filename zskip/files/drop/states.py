"""Names of states for waveforms: what the comments of the Verilog say, as letters in the bench."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from zskip.hw.common.states import in_letters, state_registers

STATES = "bench/states.vh"
"""The file, which the test bench includes."""

MODULE = re.compile(r"^module (\S+).*?^endmodule", re.MULTILINE | re.DOTALL)
INSTANCE = re.compile(r"^  (\w+) (?:#\(.*\) )?(\w+) \($", re.MULTILINE)


class Machine(NamedTuple):
    """A state machine of a block.

    Parameters
    ----------
    path : str
        Its register below the top, with dots.
    names : dict of int to str
        Its states.
    """

    path: str
    names: dict[int, str]


def machines(verilog: str, top: str) -> list[Machine]:
    """Return the state machines of a block.

    Parameters
    ----------
    verilog : str
        Verilog of all modules; a comment behind a register names its values.
    top : str
        Module at the top.
    """
    modules = {found[1]: found[0] for found in MODULE.finditer(verilog)}

    def below(module: str, path: str) -> Iterator[Machine]:
        text = modules[module]
        for register, names in state_registers(text):
            yield Machine(path + register, names)
        for child, name in INSTANCE.findall(text):
            if child in modules:
                yield from below(child, f"{path}{name}.")

    return list(below(top, ""))


def states_header(verilog: str, top: str) -> str:
    """Return Verilog for the test bench, whose instance of the block is `dut`.

    In the scope `states` each state machine has a wire of letters, named after its instance.
    """
    lines = [
        "// The states of the block in letters, for waveforms: show them as ASCII.",
        "generate",
    ]
    lines.append("  if (1) begin : states")
    for machine in machines(verilog, top):
        name = machine.path.rpartition(".")[0].replace(".", "_")
        bits, letters = in_letters(f"dut.{machine.path}", machine.names)
        lines.append(f"    wire [{bits - 1}:0] {name} ={letters};")
    return "\n".join([*lines, "  end", "endgenerate", ""])
