"""Names of states: what the comments of the generated Verilog say of its state machines."""

import re
from collections.abc import Iterator

REGISTER = re.compile(r"^  reg (?:\[\d+:0\] )?(\w+); // (\d+ \w+(?:, \d+ \w+)*)$", re.MULTILINE)
"""Register of a state machine; a comment behind it names its values."""


def state_registers(module: str) -> Iterator[tuple[str, dict[int, str]]]:
    """Yield the name of each state register of a Verilog module, and its states by value."""
    for register, values in REGISTER.findall(module):
        states = (state.split() for state in values.split(", "))
        yield register, {int(number): name for number, name in states}


def in_letters(register: str, names: dict[int, str]) -> tuple[int, str]:
    """Return the state of a register in letters: bits, and a Verilog expression of a line each."""
    chosen = "".join(
        f'\n      {register} == {number} ? "{state}" :' for number, state in names.items()
    )
    return 8 * max(map(len, names.values())), chosen + ' ""'


def with_state_names(verilog: str) -> str:
    """Return Verilog with a wire of letters, ``..._name``, beside each state register."""

    def named(found: re.Match[str]) -> str:
        ((register, names),) = state_registers(found[0])
        bits, letters = in_letters(register, names)
        return f"{found[0]}\n  wire [{bits - 1}:0] {register}_name ={letters};"

    return REGISTER.sub(named, verilog)
