"""Areas of units; oracle: a netlist made up for the test, counted by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from zskip.model.common.errors import RunFailure
from zskip.model.common.sram_table import read_srams
from zskip.synth.asic.activity import Activity
from zskip.synth.asic.area import tree, units
from zskip.synth.asic.liberty import read_library
from zskip.synth.asic.power import Power


def cell(kind: str, inputs: list[int], outputs: list[int], line: int | None = None) -> Any:
    return {
        "type": kind,
        "hide_name": 0,
        "attributes": {} if line is None else {"src": f"design.v:{line}.3"},
        "port_directions": {"A": "input", "Y": "output"},
        "connections": {"A": inputs, "Y": outputs},
    }


def scope(module: str, line: int) -> Any:
    attributes = {"module": module, "module_src": f"design.v:{line}.1-{line + 9}.2"}
    return {**cell("$scopeinfo", [], []), "attributes": attributes}


# A PE with a queue of one register, an SRAM and a gate in front of the register; two of them below
# a tree, and a gate of the top that feeds nothing.
PE = {
    "queue": scope("queue", 40),
    "ff": cell("DFF", [3], [4], 41),
    "gate": cell("NAND2", [2], [3]),
    "sram": cell("ram", [4], [2], 21),
}
TOP = {
    "tree": scope("tree", 60),
    "tree.pe_0": cell("pe", [1], [2]),
    "tree.pe_1": cell("pe", [2], [3]),
    "gate": cell("INV", [3], [9]),
}


def netlist(tmp_path: Path, **changes: Any) -> Path:
    """The netlist, with more cells at the top."""
    modules = {
        "top": {"attributes": {"src": "design.v:1.1"}, "cells": {**TOP, **changes}},
        "pe": {"attributes": {"src": "design.v:20.1"}, "cells": PE},
        "ram": {"attributes": {"blackbox": "1", "src": "design.v:80.1"}, "cells": {}},
    }
    path = tmp_path / "netlist.json"
    path.write_text(json.dumps({"modules": modules}), encoding="utf-8")
    return path


def test_units(tmp_path: Path, liberty: Path) -> None:
    library, sram = read_library(liberty), read_srams().cost(512, 64)
    power = Power(library, 1e6, Activity(0.5, {("tree", "pe"): 0.25}))
    found = units(tree(netlist(tmp_path), "top", library), library, {"ram": sram}, power)
    rows = [(unit.depth, unit.name, unit.count) for unit in found]
    assert rows == [(0, "top", 1), (1, "tree", 1), (2, "pe", 2), (3, "queue", 2)]
    figures = [unit.figures for unit in found]
    area = round(2 * sram.area_um2, 1)
    assert [row["SRAM um2"] for row in figures] == [area, area, area, 0]
    # Two flip-flops of 6 and two gates of 2; and the inverter of the top.
    assert [row["logic um2"] for row in figures] == [17, 16, 16, 16]
    assert [row["um2"] for row in figures] == pytest.approx([area + 17, area + 16, area + 16, 16])
    assert [row["flip-flops"] for row in figures] == [2, 2, 2, 2]
    # Each NAND2 is a load of 2 x 1 fF at 1 V, the others 1 fF; a clock takes 1 fF in every cycle.
    # The logic is the queue's, which has the activity of the PE around it.
    gate, register, inverter = 2 * 0.125, 1 + 0.125, 0.25
    watts = 2 * gate + 2 * register
    assert figures[1]["logic mW"] == pytest.approx(watts)
    assert figures[0]["logic mW"] == pytest.approx(watts + inverter)
    assert [row["NAND2"] for row in figures] == [8, 8, 8, 8]


def test_unknown_cells_are_refused(tmp_path: Path, liberty: Path) -> None:
    library = read_library(liberty)
    root = tree(netlist(tmp_path, latch=cell("$_DLATCH_P_", [1], [8])), "top", library)
    with pytest.raises(RunFailure, match=r"Yosys left \$_DLATCH_P_: give a Liberty file"):
        units(
            root, library, {"ram": read_srams().cost(512, 64)}, Power(library, 1e6, Activity(0.5))
        )
