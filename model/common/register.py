"""A register of a block behind AXI4-Lite."""

from dataclasses import dataclass
from enum import Enum

from zskip.model.common.bitfields import Field

REGISTER_BITS = 32
"""Width of a word of the register map."""


class Access(Enum):
    """What reads and writes do; the values are those of SystemRDL and IP-XACT documents."""

    CONSTANT = "constant"
    READ = "ro"
    WRITE = "rw"
    PULSE = "wo"
    CLEAR = "w1c"


ACCESSES = {
    Access.CONSTANT: "reads what never changes",
    Access.READ: "reads the state",
    Access.WRITE: "reads what was written",
    Access.PULSE: "reads 0; a 1 that is written acts once",
    Access.CLEAR: "reads the state; a 1 that is written clears its bit",
}
"""Meaning of each kind of access."""


@dataclass(frozen=True, kw_only=True)
class Register:
    """A register, or several of one kind that follow one another; 0 behind a reset, or constant.

    Parameters
    ----------
    name : str
        Its name, in capitals.
    offset : int
        Address of the first byte.
    access : Access
        What reads and writes do.
    meaning : str
        What it holds.
    fields : tuple of Field
        Its parts; one that takes all bits where there are none.
    bits : int
        32, or 64 with the low half at `offset`.
    count : int
        How many follow one another.
    """

    name: str
    offset: int
    access: Access
    meaning: str
    fields: tuple[Field, ...] = ()
    bits: int = REGISTER_BITS
    count: int = 1

    @property
    def words(self) -> int:
        """Words of 32 bits that it takes, with all that follow one another."""
        return self.bits // REGISTER_BITS * self.count

    @property
    def mask(self) -> int:
        """Bits of a word that are in its fields."""
        if not self.fields:
            return (1 << REGISTER_BITS) - 1
        return sum(((1 << field.bits) - 1) << field.low for field in self.fields)
