"""Registers at ports; oracle: a netlist written by hand."""

import json
from pathlib import Path

from zskip.synth.fpga.ports import register_ports


def test_ports_become_registers(tmp_path: Path) -> None:
    path = tmp_path / "netlist.json"
    ports = {
        "clk": {"direction": "input", "bits": [2]},
        "rst": {"direction": "input", "bits": [3]},
        "i": {"direction": "input", "bits": [4, 5]},
        "o": {"direction": "output", "bits": [6, "0"]},
    }
    logic = {"type": "LUT4", "connections": {"A": [4], "B": [5], "C": [3], "D": ["1"], "Z": [6]}}
    path.write_text(json.dumps({"modules": {"top": {"ports": ports, "cells": {"logic": logic}}}}))
    register_ports(path, "top")
    top = json.loads(path.read_text())["modules"]["top"]
    assert top["ports"] == {
        "clk": ports["clk"],
        "rst": ports["rst"],
        "scan": {"direction": "input", "bits": [7]},
    }
    assert top["cells"].pop("logic") == logic
    # Inputs are a chain behind the pin; outputs end in registers that nothing reads.
    assert {name: each["connections"] for name, each in top["cells"].items()} == {
        "i_0_port": {"CLK": [2], "DI": [7], "LSR": ["0"], "Q": [4]},
        "i_1_port": {"CLK": [2], "DI": [4], "LSR": ["0"], "Q": [5]},
        "o_0_port": {"CLK": [2], "DI": [6], "LSR": ["0"], "Q": [8]},
    }
    assert {each["type"] for each in top["cells"].values()} == {"TRELLIS_FF"}
