"""Register map as SystemRDL."""

from collections.abc import Iterator, Mapping

from zskip.model.common.config import EngineConfig
from zskip.model.common.identity import constants
from zskip.model.common.register import REGISTER_BITS, Access, Register
from zskip.model.common.registers import REGISTERS

_PROPERTIES: Mapping[Access, str] = {
    Access.CONSTANT: "sw = r; hw = na",
    Access.READ: "sw = r; hw = w",
    Access.WRITE: "sw = rw; hw = r",
    Access.PULSE: "sw = w; hw = r; singlepulse",
    Access.CLEAR: "sw = rw; hw = rw; woclr",
}
"""What each kind of access is in SystemRDL."""


def system_rdl(name: str, config: EngineConfig) -> str:
    """Return the register map of a block as SystemRDL 2.0.

    Parameters
    ----------
    name : str
        Name of the address map.
    config : EngineConfig
        The hardware, which gives the constants.

    Returns
    -------
    str
        Registers of 64 bits are accessed by two words of 32.
    """
    values = constants(config)
    lines = [f"addrmap {name} {{"]
    lines += [f'  desc = "{config.size}";']
    lines += [f"  default regwidth = {REGISTER_BITS};", "  default accesswidth = 32;"]
    for register in REGISTERS:
        # Those of several that have no value read 0, as all that is not in the map.
        for number, value in enumerate(values.get(register.name, (0,))):
            lines += _register(register, number, value)
    return "\n".join([*lines, "};", ""])


def _register(register: Register, number: int, value: int) -> Iterator[str]:
    """Yield the lines of a register, or of one of several that follow one another."""
    name = register.name if register.count == 1 else f"{register.name}_{number}"
    address = register.offset + number * register.bits // 8
    yield "  reg {"
    yield f'    desc = "{register.meaning}";'
    if register.bits != REGISTER_BITS:
        yield f"    regwidth = {register.bits};"
    fields = [(field.name, field.low, field.bits, field.meaning) for field in register.fields]
    for field, low, bits, meaning in fields or [("value", 0, register.bits, register.meaning)]:
        reset = value >> low & ((1 << bits) - 1)
        yield (
            f'    field {{ desc = "{meaning}"; {_PROPERTIES[register.access]}; }} '
            f"{field}[{low + bits - 1}:{low}] = 0x{reset:x};"
        )
    yield f"  }} {name} @ 0x{address:03x};"
