"""Trees of buffers; oracle: what each input was driven by before."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from zskip.synth.asic import mapping
from zskip.synth.asic.liberty import Buffer, read_library
from zskip.synth.asic.trees import FAN_OUT, plant_trees
from zskip.synth.yosys import NETLIST

BUFFER = Buffer("BUF", "A", "Y")

CLOCK, MANY, FEW, OUTPUTS = 2, 3, 4, 10
"""Bits: of the clock, of a wire to every PE, of one to some of them; the first output."""


def netlist(count: int) -> dict[str, Any]:
    """A module with so many PEs, `FAN_OUT` of which take `FEW`."""
    directions = {"clk": "input", "d": "input", "q": "output"}
    pes = {
        f"pe_{number}": {
            "type": "pe",
            "port_directions": directions,
            "connections": {
                "clk": [CLOCK],
                "d": [MANY, FEW if number < FAN_OUT else "0"],
                "q": [OUTPUTS + number],
            },
        }
        for number in range(count)
    }
    bits = [CLOCK, MANY, FEW, *range(OUTPUTS, OUTPUTS + count)]
    return {"cells": pes, "netnames": {"all": {"bits": bits}}}


def sources(module: dict[str, Any], bit: int) -> int:
    """The bit that a bit repeats, through buffers."""
    drivers = {
        cell["connections"]["Y"][0]: cell["connections"]["A"][0]
        for cell in module["cells"].values()
        if cell["type"] == "BUF"
    }
    while bit in drivers:
        bit = drivers[bit]
    return bit


@pytest.mark.parametrize("count", [1, FAN_OUT, FAN_OUT + 1, 64, 256])
def test_no_wire_drives_many_modules(count: int) -> None:
    module = netlist(count)
    given = netlist(count)["cells"]
    assert plant_trees(module, {"pe"}, BUFFER) == (count > FAN_OUT)
    loads: dict[int, int] = {}
    for name, cell in module["cells"].items():
        inputs = [bit for port in "dA" for bit in cell["connections"].get(port, ())]
        for bit in inputs:
            loads[bit] = loads.get(bit, 0) + 1
        if cell["type"] == "pe":
            before = given[name]["connections"]
            assert [b if b == "0" else sources(module, b) for b in inputs] == before["d"]
            assert cell["connections"]["clk"] == before["clk"]
            assert cell["connections"]["q"] == before["q"]
    assert max(loads[bit] for bit in loads if bit != "0") <= FAN_OUT


def test_other_cells_are_no_loads() -> None:
    module = netlist(64)
    assert plant_trees(module, {"other"}, BUFFER) == 0
    assert module == netlist(64)


@pytest.mark.usefixtures("yosys")
def test_trees_are_in_both_netlists(liberty: Path, tmp_path: Path) -> None:
    count = FAN_OUT + 1
    pes = "".join(f"  pe pe_{i} (\n    .clk(clk), .d(~d), .q(q[{i}])\n  );\n" for i in range(count))
    verilog = (
        "module pe (input wire clk, input wire d, output reg q);\n"
        "  always @(posedge clk) q <= d;\nendmodule\n"
        f"module top (input wire clk, input wire d, output wire [{count - 1}:0] q);\n"
        f"{pes}endmodule\n"
    )
    mapping.map_cells(tmp_path, verilog, "top", read_library(liberty), 1000)
    top = json.loads((tmp_path / NETLIST).read_text(encoding="utf-8"))["modules"]["top"]
    assert sum(cell["type"] == "BUF" for cell in top["cells"].values()) == 3
    text = (tmp_path / mapping.GATES).read_text(encoding="utf-8")
    assert len(re.findall(r"^  BUF ", text[text.index("module top") :], re.MULTILINE)) == 3
