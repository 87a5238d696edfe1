"""Units and what they take; oracle: a netlist made up for the test, counted by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from zskip.model.common.errors import RunFailure
from zskip.synth.fpga.families import ECP5_CELLS
from zskip.synth.fpga.netlist import Netlist
from zskip.synth.fpga.resources import units
from zskip.synth.result import Unit


def scope(module: str, line: int) -> dict[str, Any]:
    attributes = {"module": f"$derived${module}", "module_hdlname": module}
    return {
        "type": "$scopeinfo",
        "attributes": {**attributes, "module_src": f"design.v:{line}.1-{line + 9}.2"},
        "port_directions": {},
        "connections": {},
    }


def cell(kind: str, inputs: list[int], outputs: list[int], line: int | None = None) -> Any:
    return {
        "type": kind,
        "attributes": {} if line is None else {"src": f"design.v:{line}.3|/share/map.v:1.1"},
        "port_directions": {"A": "input", "Y": "output"},
        "connections": {"A": [*inputs, "0"], "Y": outputs},
    }


# Module `top` at line 1, `pe` at 20 with an SRAM at 40; bits 10 and 11 are those of ports.
CELLS = {
    "pe_0": scope("pe", 20),
    "pe_1": scope("pe", 20),
    "pe_0.sram": scope("zskip_sram", 40),
    "pe_1.sram": scope("zskip_sram", 40),
    # Named by the signal of the top that it drives, but a register of line 25.
    "result_TRELLIS_FF_Q": cell("TRELLIS_FF", [12], [10], 25),
    "pe_1.sum_TRELLIS_FF_Q": cell("TRELLIS_FF", [13], [14], 25),
    # Two levels of logic in front of the register of PE 1, the second one named by the top.
    "pe_1.sum_LUT4_Z": cell("LUT4", [15], [13]),
    "any_LUT4_Z": cell("LUT4", [14], [15]),
    "sum_CCU2C": cell("CCU2C", [11], [12], 26),
    # Logic that feeds nothing but a port is the top's.
    "out_PFUMX": cell("PFUMX", [10], [16]),
    "out_LUT4_Z": cell("LUT4", [10], [17]),
    "pe_0.sram.memory.0.0": cell("DP16KD", [10], [18]),
    "pe_1.sram.memory.0.0": cell("TRELLIS_DPR16X4", [10], [19]),
    "pe_1.sram__r_data_TRELLIS_FF_Q": cell("TRELLIS_FF", [19], [20]),
}


def netlist(folder: Path, cells: dict[str, Any]) -> Netlist:
    path = folder / "netlist.json"
    module = {"attributes": {"src": "design.v:1.1-19.2"}, "cells": cells}
    path.write_text(json.dumps({"modules": {"top": module}}))
    return Netlist(path, "top", ECP5_CELLS.logic)


def unit(name: str, depth: int, count: int, *figures: int) -> Unit:
    return Unit(
        name=name,
        depth=depth,
        count=count,
        figures=dict(zip(ECP5_CELLS.resources, figures, strict=True)),
    )


def test_cells_belong_to_units(tmp_path: Path) -> None:
    found = netlist(tmp_path, CELLS)
    ECP5_CELLS.check(found)
    # LUT, LUT RAM, FF, block RAM, DSP of all instances of a unit.
    assert units(found, ECP5_CELLS) == (
        unit("top", 0, 1, 9, 4, 3, 1, 0),
        unit("pe", 1, 2, 8, 4, 3, 1, 0),
        unit("sram", 2, 2, 4, 4, 1, 1, 0),
    )


def test_an_sram_of_flip_flops_is_named(tmp_path: Path) -> None:
    flops = {f"pe_0.sram.memory[{x}]_TRELLIS_FF_Q": cell("TRELLIS_FF", [], [x], 44) for x in (1, 2)}
    left = {name: x for name, x in CELLS.items() if name != "pe_0.sram.memory.0.0"}
    with pytest.raises(RunFailure) as refused:
        ECP5_CELLS.check(netlist(tmp_path, {**left, **flops}))
    assert str(refused.value) == (
        "every SRAM must be made of memory cells, but pe_0.sram became 2 other cells: give it a "
        "depth that the family has"
    )


def test_an_unknown_cell_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFailure) as refused:
        ECP5_CELLS.check(netlist(tmp_path, {**CELLS, "x": cell("ODD", [], [30])}))
    assert str(refused.value) == (
        "every cell must be one that zskip counts, but the top has ODD: use another release of "
        "Yosys"
    )
