"""Names of states for waveforms: what the comments of the Verilog say, as letters in the bench."""

from typing import NamedTuple

from zskip.files.drop.hierarchy import instances, modules
from zskip.hw.common.states import in_letters, state_registers

STATES = "bench/states.vh"
"""The file, which the test bench includes."""


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
    texts = modules(verilog)
    return [
        Machine(place.inside(register), names)
        for place in instances(verilog, top)
        for register, names in state_registers(texts[place.module])
    ]


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
