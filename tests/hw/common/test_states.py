"""Names of states in waveforms; oracle: what a simulation shows."""

import os
import subprocess
from pathlib import Path

from zskip.hw.common.states import with_state_names
from zskip.verif.common.tools import icarus_environment

MACHINE = """
module machine (
  input wire clk
);
  reg [1:0] fsm_state; // 0 Idle, 1 Fetch, 2 Done
  reg [1:0] other; // of no machine
  initial fsm_state = 0;
  always @(posedge clk) fsm_state <= fsm_state + 1;
endmodule
"""
BENCH = """
module bench;
  reg clk = 0;
  machine dut (.clk(clk));
  initial repeat (4) begin
    #1 $display("%0s.", dut.fsm_state_name);
    clk = 1;
    #1 clk = 0;
  end
endmodule
"""


def test_states_in_letters(tmp_path: Path) -> None:
    named = with_state_names(MACHINE)
    assert named.count("_name") == 1
    source, compiled = tmp_path / "machine.v", tmp_path / "machine.vvp"
    source.write_text(named + BENCH)
    environment = os.environ | icarus_environment()
    subprocess.run(
        ["iverilog", "-g2012", "-Wall", "-o", compiled, source], check=True, env=environment
    )
    told = subprocess.run(
        ["vvp", "-N", compiled], capture_output=True, check=True, env=environment, text=True
    ).stdout
    assert [line.strip() for line in told.splitlines()] == ["Idle.", "Fetch.", "Done.", "."]
