"""The Verilog of the EIE hardware; oracle: Amaranth's own Verilog, side by side in Icarus."""

import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from amaranth.back import verilog
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from zskip.hw.common.ports import signals
from zskip.hw.common.verilog import convert
from zskip.hw.eie.array import PE_MODULE, EieArray
from zskip.hw.eie.ccu import Ccu
from zskip.hw.eie.group_node import GroupNode
from zskip.hw.eie.lnzd_node import LnzdNode
from zskip.hw.eie.lnzd_tree import NODE_MODULE
from zskip.hw.eie.pe.pipeline import Pipeline
from zskip.hw.eie.readout_node import ReadoutNode
from zskip.hw.eie.readout_tree import READOUT_MODULE
from zskip.model.eie.config import TINY, Config
from zskip.verif.common.tools import icarus_environment

CYCLES = 4000

SRAM = """
module zskip_sram #(parameter WIDTH = 1, DEPTH = 1, LANES = 1, ADDRESS_BITS = 1) (
  input clk, en, input [LANES-1:0] we, input [ADDRESS_BITS-1:0] address,
  input [WIDTH-1:0] w_data, output reg [WIDTH-1:0] r_data);
  initial r_data = 0;
  always @(posedge clk)
    if (en) r_data <= {WIDTH / 16 + 1{16'h9e35 * (address + 16'h3)}} ^ w_data ^ we;
endmodule
"""
"""Stands for every SRAM: what it reads depends on all of its inputs."""

BENCH = """
module bench;
  reg clk = 0;
  reg rst = 1;
  integer cycle, seed = {seed};
{wires}
  mine mine (.clk(clk), .rst(rst), {mine});
  theirs theirs (.clk(clk), .rst(rst), {theirs});
  initial begin
    for (cycle = 0; cycle < {cycles}; cycle = cycle + 1) begin
      rst = cycle < 2 || cycle % 500 == 0;
{changes}
      #1 if ({{{ours}}} !== {{{others}}}) begin
        $display("cycle %0d: %h, not %h", cycle, {{{ours}}}, {{{others}}});
        $finish;
      end
      clk = 1;
      #1 clk = 0;
    end
    $display("equal, %h", {{{ours}}});
  end
endmodule
"""


def bench(unit: wiring.Component, seed: int) -> str:
    """Return a bench that gives both modules the same random inputs."""
    wires, changes, mine, theirs, outputs = [], [], [], [], []
    for name, member, value in signals(unit):
        bits = len(value)
        if member.flow is In:
            wires.append(f"  reg [{bits - 1}:0] {name} = 0;")
            words = ", ".join(["$random(seed)"] * (bits // 32 + 1))
            changes.append(f"      if ($random(seed) & 1) {name} = {{{words}}};")
            mine.append(f".{name}({name})")
            theirs.append(f".{name}({name})")
        else:
            wires.append(f"  wire [{bits - 1}:0] mine_{name}, theirs_{name};")
            mine.append(f".{name}(mine_{name})")
            theirs.append(f".{name}(theirs_{name})")
            outputs.append(name)
    return BENCH.format(
        seed=seed,
        cycles=CYCLES,
        wires="\n".join(wires),
        changes="\n".join(changes),
        mine=", ".join(mine),
        theirs=", ".join(theirs),
        ours=", ".join(f"mine_{name}" for name in outputs),
        others=", ".join(f"theirs_{name}" for name in outputs),
    )


def amaranth_verilog(unit: wiring.Component) -> str:
    """Return Amaranth's own Verilog, with an event at the beginning for Icarus."""
    text = verilog.convert(unit, name="theirs", emit_src=False)
    return re.sub(
        r"^  reg (\\\$auto\$verilog_backend[^ ]*)  = 0;",
        r"  reg \1 ;\n  initial #0 \1 = 0;",
        text,
        flags=re.MULTILINE,
    )


def group_node(config: Config) -> GroupNode:
    """Return the node for an array whose broadcasts are of groups."""
    groups = {"grouped_pointers": 1, "broadcast_rounds": 1, "broadcast_groups": 1}
    return GroupNode(config.replace(**groups))


@pytest.mark.parametrize("make", [Pipeline, EieArray, Ccu, group_node])
def test_equals_the_verilog_of_amaranth(
    make: Callable[..., wiring.Component], seed: int, tmp_path: Path
) -> None:
    unit = make(TINY)
    parts = [SRAM, convert(unit, "mine"), amaranth_verilog(make(TINY)), bench(unit, seed)]
    if make is EieArray:
        parts += [convert(Pipeline(TINY), PE_MODULE), convert(LnzdNode(TINY), NODE_MODULE)]
        parts.append(convert(ReadoutNode(TINY), READOUT_MODULE))
    source, program = tmp_path / "both.v", tmp_path / "program"
    source.write_text("\n".join(parts))
    environment = os.environ | icarus_environment()
    for command in (["iverilog", "-g2005", "-o", program, source], ["vvp", program]):
        run = subprocess.run(command, capture_output=True, check=False, env=environment, text=True)
        assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("equal"), run.stdout
