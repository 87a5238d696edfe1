"""Energy of a layer: its events times published energies, or those of a user's table.

Energies of operations are Horowitz's for 45nm ("Computing's energy problem", ISSCC 2014), which
the EIE paper (ISCA 2016) gives in its table I; that of a multiplication of 16 bits is a fifth of
one of 32 bits, as in its figure 10. Those of SRAMs are CACTI's. Registers and the clock network
take 1.026 and 1.874 mW in that paper's PE at 800 MHz (table II), whose registers, as far as it
tells them (two register files of 64 x 16 bits, a queue of 8 x 28, a codebook of 16 x 16, a word of
64), are 2,592 bits: 1.4 fJ for a bit and cycle.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import inf, log
from pathlib import Path
from typing import Any

import numpy as np

from zskip.model.common.errors import InputError
from zskip.model.common.events import ADD, MULTIPLY, Events
from zskip.model.common.sram_table import SramTable, read_srams

ARITHMETIC, REGISTERS, LEAKAGE = "arithmetic", "registers and clock", "leakage"
"""Parts of an energy beside the memories."""

OPERATIONS: Mapping[str, Mapping[int, float]] = {
    ADD: {8: 0.03, 16: 0.05, 32: 0.1},
    MULTIPLY: {8: 0.2, 16: 0.62, 32: 3.1},
}
"""Energies of integer operations in 45nm, pJ, by kind and width."""

PUBLISHED = (
    "45nm, SRAMs by CACTI (low standby power), arithmetic of Horowitz (ISSCC 2014), "
    "registers and clock as the EIE paper's"
)
"""Source of the default table."""


@dataclass(frozen=True)
class Energy:
    """Energy of a layer or a network for one input vector.

    Parameters
    ----------
    parts : mapping of str to float
        Dynamic energy of each kind of memory by its name, then `ARITHMETIC`, `REGISTERS` and
        `LEAKAGE`, nJ.
    assumptions : str
        What the figure rests on, in one line.
    """

    parts: Mapping[str, float]
    assumptions: str

    @property
    def total(self) -> float:
        """All parts, nJ."""
        return sum(self.parts.values())


def total_energy(energies: Sequence[Energy]) -> Energy:
    """Add up energies of the same hardware, at least one."""
    first = energies[0]
    parts = {name: sum(energy.parts[name] for energy in energies) for name in first.parts}
    return Energy(parts, first.assumptions)


@dataclass(frozen=True, kw_only=True)
class EnergyTable:
    """Energies of events.

    Parameters
    ----------
    srams : SramTable
        Energies of accesses, and leakage.
    operations_pj : mapping of str to mapping of int to float
        Energies of operations by kind and width; between two widths, and beyond the last two, the
        logarithm goes straight over the logarithm of the width.
    register_fj : float
        Energy of a bit of the registers in a cycle, clock network included.
    clock_mhz : float
        Clock frequency; it decides about leakage only.
    source : str
        Where the energies are from, for people.
    """

    srams: SramTable
    operations_pj: Mapping[str, Mapping[int, float]] = field(default_factory=lambda: OPERATIONS)
    register_fj: float = 1.4
    clock_mhz: float = 800.0
    source: str = PUBLISHED

    @property
    def assumptions(self) -> str:
        """What energies by this table rest on, in one line."""
        return (
            f"{self.source}, {self.register_fj:g} fJ a bit and cycle, {self.clock_mhz:g} MHz; "
            "without wires, control, load and read-out"
        )

    def operation_pj(self, kind: str, bits: float) -> float:
        """Return the energy of an operation on operands of some width."""
        known = self.operations_pj[kind]
        widths = sorted(known)
        if len(widths) == 1:
            return known[widths[0]]
        high = next((i for i, w in enumerate(widths[1:], 1) if bits <= w), len(widths) - 1)
        low, high = widths[high - 1], widths[high]
        share = log(bits / low) / log(high / low)
        return known[low] ** (1 - share) * known[high] ** share

    def energy(self, events: Events) -> Energy:
        """Price the events of a layer.

        Parameters
        ----------
        events : Events
            For ``n`` input vectors.

        Returns
        -------
        Energy
            Mean over the input vectors.

        Raises
        ------
        InputError
            A table of macros has none that holds one of the memories.
        """
        cycles = float(np.mean(events.cycles))
        parts: dict[str, float] = {}
        leakage_uw = 0.0
        for memory in events.memories:
            cost = self.srams.cost(memory.depth, memory.width)
            reads, writes = float(np.mean(memory.reads)), float(np.mean(memory.writes))
            spent = (reads * cost.read_pj + writes * cost.write_pj) / 1e3
            parts[memory.name] = parts.get(memory.name, 0.0) + spent
            leakage_uw += memory.instances * cost.leakage_uw
        operations = sum(
            float(np.mean(op.done)) * self.operation_pj(op.kind, op.bits)
            for op in events.operations
        )
        parts[ARITHMETIC] = operations / 1e3
        parts[REGISTERS] = cycles * events.register_bits * self.register_fj / 1e6
        parts[LEAKAGE] = cycles / self.clock_mhz * leakage_uw / 1e3
        return Energy(parts, self.assumptions)


@cache
def published() -> EnergyTable:
    """Return the table where none is given."""
    return EnergyTable(srams=read_srams())


def read_energies(path: Path) -> EnergyTable:
    """Read a table of energies.

    Parameters
    ----------
    path : pathlib.Path
        TOML file; what it leaves out is as published. Keys:
        ``clock_mhz``, ``register_fj``, the tables ``add_pj`` and ``multiply_pj`` of energies by
        width in bits, and ``srams``, a file for `zskip.model.common.sram_table.read_srams`, its
        path beside this file.

    Returns
    -------
    EnergyTable

    Raises
    ------
    InputError
        The file cannot be read, a key is unknown, or a value is no positive number.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            f"a table of energies must be a TOML file that can be read, but {path}: {error}"
        ) from None
    kinds = {f"{kind}_pj": kind for kind in OPERATIONS}
    known = ("clock_mhz", "register_fj", "srams", *kinds)
    for name in given:
        if name not in known:
            raise InputError(
                f"{path}: a key of a table of energies must be one of {', '.join(known)}, not "
                f"{name!r}: correct or leave it out"
            )
    values: dict[str, Any] = {
        name: _positive(given[name], name, path)
        for name in ("clock_mhz", "register_fj")
        if name in given
    }
    operations = dict(OPERATIONS)
    for name in set(kinds) & set(given):
        operations[kinds[name]] = _by_width(given[name], name, path)
    own = given.get("srams")
    if own is not None and not isinstance(own, str):
        raise InputError(f"{path}: srams must be the name of a CSV file, not {own!r}: give one")
    return EnergyTable(
        srams=published().srams if own is None else read_srams(path.parent / own),
        operations_pj=operations,
        source=str(path),
        **values,
    )


def _by_width(given: object, name: str, path: Path) -> dict[int, float]:
    """Return energies by width."""
    if not isinstance(given, dict) or not given or not all(w.isdecimal() and int(w) for w in given):
        raise InputError(
            f"{path}: {name} must be a table of energies by width such as {{8 = 0.2}}, not "
            f"{given!r}: give one"
        )
    return {int(width): _positive(value, name, path) for width, value in given.items()}


def _positive(value: object, name: str, path: Path) -> float:
    """Return a positive number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < inf:
        raise InputError(f"{path}: {name} must be a positive number, not {value!r}: correct it")
    return float(value)
