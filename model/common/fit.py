"""How much of each memory a network takes."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MemoryFit:
    """How much of a memory a network takes.

    Parameters
    ----------
    field : str
        Field of the configuration that limits it.
    holds : str
        The things that the field counts, for people.
    needed, available : int
        The smallest value of the field that would do, and its value.
    needed_bytes, available_bytes : int
        The same in bytes, with the widths of the configuration.
    """

    field: str
    holds: str
    needed: int
    available: int
    needed_bytes: int
    available_bytes: int

    @property
    def share(self) -> float:
        """Share of the memory that is taken; above 1 where the network does not fit."""
        return self.needed / self.available
