"""Power of standard cells, from what their Liberty file says of each, and switching activity."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from statistics import fmean

from zskip.synth.asic.activity import Activity, Unit
from zskip.synth.asic.liberty import Library

STATEMENT = re.compile(
    r'(\w+)\s*\(([^()]*)\)\s*\{|(\w+)\s*:\s*("[^"]*"|[^;]*);|(\w+)\s*\(([^()]*)\)\s*;|\}'
)
"""Beginning of a group, an attribute, an attribute of several values, or the end of a group."""

PREFIXES = {"f": 1e-3, "p": 1.0, "n": 1e3, "u": 1e6, "m": 1e9}
"""Units of capacitance in pF, and of power in pW."""


@dataclass
class Group:
    """A group of a Liberty file.

    Parameters
    ----------
    name : str
        Its kind.
    attributes : dict of str to str
        What it says of itself.
    inside : list of Group
        Groups inside it.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list["Group"] = field(default_factory=list)

    def named(self, name: str) -> list["Group"]:
        """Return the groups of a kind inside it."""
        return [group for group in self.inside if group.name == name]


@dataclass(frozen=True, kw_only=True)
class CellPower:
    """What a cell takes.

    Parameters
    ----------
    cycle_pj : float
        In each clock cycle, by its clock pin and that pin's load.
    toggle_pj : float
        For each toggle of all of its wires: its outputs, and the load that its inputs are.
    leakage_pw : float
        Always.
    """

    cycle_pj: float
    toggle_pj: float
    leakage_pw: float


class Power:
    """Power of cells at a clock frequency.

    Parameters
    ----------
    library : Library
        The cells.
    clock_mhz : float
        Clock frequency.
    activity : Activity
        Toggles of wires in a clock cycle.
    """

    def __init__(self, library: Library, clock_mhz: float, activity: Activity) -> None:
        self.clock_mhz = clock_mhz
        self.activity = activity
        self._library = library
        self._cells: dict[str, CellPower] = {}

    def milliwatts(self, cells: Counter[str], unit: Unit) -> float:
        """Return the power of some cells of a unit, SRAMs left out."""
        activity = self.activity.of(unit)
        picojoules = picowatts = 0.0
        for kind, count in cells.items():
            if kind in self._library.areas:
                cell = self.cell(kind)
                picojoules += count * (cell.cycle_pj + activity * cell.toggle_pj)
                picowatts += count * cell.leakage_pw
        return picojoules * self.clock_mhz / 1e3 + picowatts / 1e9

    def cell(self, kind: str) -> CellPower:
        """Return what a cell of the library takes."""
        if kind not in self._cells:
            self._cells[kind] = self._read(parse(self._library.bodies[kind]))
        return self._cells[kind]

    @cached_property
    def _units(self) -> tuple[float, float, float]:
        """Volts, and the units of capacitance in pF and of leakage in pW."""
        head = self._library.text
        volts = re.search(r"\bnom_voltage\s*:\s*\"?([\d.]+)", head)
        load = re.search(r"\bcapacitive_load_unit\s*\(\s*([\d.]+)\s*,\s*\"?([fp])f", head, re.I)
        leakage = re.search(r"\bleakage_power_unit\s*:\s*\"?([\d.]+)([numpf])W", head, re.I)
        return (
            float(volts[1]) if volts else 1.0,
            float(load[1]) * PREFIXES[load[2].lower()] if load else 1.0,
            float(leakage[1]) * PREFIXES[leakage[2].lower()] if leakage else PREFIXES["n"],
        )

    def _read(self, cell: Group) -> CellPower:
        """Return what a cell takes; energies of a Liberty file are in its load unit times V2."""
        volts, load, leakage = self._units
        cycle = toggle = 0.0
        for pin in cell.named("pin"):
            own = float(pin.attributes.get("capacitance", 0)) * volts**2
            if pin.attributes.get("clock") == "true":
                cycle += own + 2 * _energy(pin)
            elif pin.attributes.get("direction") == "output":
                toggle += _energy(pin)
            else:
                toggle += own / 2
        given = cell.attributes.get("cell_leakage_power")
        states = [float(group.attributes["value"]) for group in cell.named("leakage_power")]
        leaks = float(given) if given else fmean(states) if states else 0.0
        return CellPower(cycle_pj=cycle * load, toggle_pj=toggle * load, leakage_pw=leaks * leakage)


def _energy(pin: Group) -> float:
    """Return the mean energy of an edge inside a cell, over all states and the middle load."""
    edges = [
        table.attributes["values"]
        for group in pin.named("internal_power")
        for table in group.inside
        if table.name in ("rise_power", "fall_power", "power") and "values" in table.attributes
    ]
    return fmean(map(_middle, edges)) if edges else 0.0


def _middle(values: str) -> float:
    """Return the value in the middle of a table."""
    rows = [[float(v) for v in row.split(",")] for row in re.findall(r'"([^"]*)"', values)]
    row = rows[len(rows) // 2]
    return row[len(row) // 2]


def parse(body: str) -> Group:
    """Read the inside of a Liberty group up to its end."""
    top = Group("")
    open_groups = [top]
    for found in STATEMENT.finditer(re.sub(r"/\*.*?\*/", "", body, flags=re.DOTALL)):
        group, _, name, value, several, values = found.groups()
        if group:
            inner = Group(group)
            open_groups[-1].inside.append(inner)
            open_groups.append(inner)
        elif name:
            open_groups[-1].attributes[name] = value.strip().strip('"')
        elif several:
            open_groups[-1].attributes[several] = values
        else:
            open_groups.pop()
            if not open_groups:
                break
    return top
