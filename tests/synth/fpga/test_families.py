"""Synthesis by Yosys; oracles: what the golden model says there is to be built."""

import pytest

import zskip
from zskip.hw.common.sram import VERILOG
from zskip.model.common.errors import RunFailure
from zskip.model.common.stream import COUNTER_BITS
from zskip.model.eie.config import TINY
from zskip.model.eie.counters import CENTRAL
from zskip.synth.design import Design
from zskip.synth.fpga.ecp5 import ECP5
from zskip.synth.fpga.fit import block_rams
from zskip.synth.options import Options
from zskip.synth.result import SynthResult
from zskip.synth.tools import Program

ONE = TINY.replace(pe_count=1)


def figures(result: SynthResult, *path: str) -> dict[str, float]:
    """Figures of a unit by the names on the way to it."""
    units = list(result.units)
    for depth, name in enumerate(path, 1):
        start = next(n for n, x in enumerate(units) if (x.depth, x.name) == (depth, name))
        units = units[start:]
    return units[0].figures


def check(result: SynthResult, products: int = 2) -> None:
    """Compare an array of one PE with what it must have: halves of a product, or the whole one."""
    # For each counter of the array 32 bits, its event and a carry; and when they begin anew.
    assert result.totals["DSP"] == figures(result, "pe", "arithmetic")["DSP"] == products
    assert figures(result, "ccu", "counters")["FF"] == len(CENTRAL) * (COUNTER_BITS + 2) + 1
    for name, total in result.totals.items():
        parts = [unit.figures[name] for unit in result.units if unit.depth == 1]
        assert 0 < sum(parts) <= total


@pytest.mark.usefixtures("yosys")
def test_ecp5() -> None:
    result = zskip.synthesize("ecp5", config=ONE, options=Options(no_route=True))
    check(result)
    assert block_rams(ONE) <= result.totals["block RAM"] < block_rams(ONE) + 4
    # The activation SRAM, 32 x 64, is 32 cells of 16 x 4 bits, four LUTs each.
    assert figures(result, "pe", "act_rw", "sram")["LUT RAM"] == 32 * 4
    assert result.lines[0].startswith(f"fits LFE5U 85k: {result.totals['LUT']:,.0f} of 83,640 LUT")


@pytest.mark.slow
@pytest.mark.usefixtures("yosys")
@pytest.mark.parametrize("target", ["gowin", "xilinx"])
@pytest.mark.parametrize("split_products", [0, 1])
def test_others_with_multipliers(target: str, split_products: int) -> None:
    config = ONE.replace(split_products=split_products)
    check(zskip.synthesize(target, config=config), products=1 + split_products)


@pytest.mark.slow
@pytest.mark.usefixtures("yosys")
def test_ice40() -> None:
    result = zskip.synthesize("ice40", config=ONE)
    # No LUT RAM: queues and accumulators are flip-flops, every SRAM is block RAM of 16 bits.
    assert figures(result, "pe", "accumulators")["FF"] >= ONE.register_depth * ONE.acc_bits
    assert figures(result, "pe", "act_rw", "sram")["block RAM"] == 4
    assert figures(result, "pe", "sparse_matrix_read", "sram")["block RAM"] == 8


@pytest.mark.slow
@pytest.mark.usefixtures("yosys")
def test_nm_array() -> None:
    result = zskip.synthesize(
        "ecp5", config=zskip.config(engine="nm", pe_count=4), options=Options(no_route=True)
    )
    assert figures(result, "row")["LUT"] > 0


@pytest.mark.slow
def test_an_sram_that_no_memory_can_be_is_refused(
    yosys: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A memory that is cleared at once can only be flip-flops."""
    text = VERILOG.read_text(encoding="utf-8")
    clear = "if (w_data == 1) for (lane = 0; lane < DEPTH; lane = lane + 1) memory[lane] <= 0;"
    cleared = text.replace("    if (en) begin", f"    {clear} else if (en) begin")
    assert cleared != text
    top = """
module top(input clk, input en, input we, input [3:0] address, input [7:0] w_data,
           output [7:0] r_data);
  zskip_sram #(.WIDTH(8), .DEPTH(16), .LANES(1), .ADDRESS_BITS(4)) sram(.clk(clk), .en(en),
    .we(we), .address(address), .w_data(w_data), .r_data(r_data));
endmodule
"""
    monkeypatch.setattr(Design, "verilog", lambda design: cleared + top)
    monkeypatch.setattr(Design, "top", "top")
    with pytest.raises(RunFailure, match=r"made of memory cells, but sram became \d+ other cells"):
        ECP5.run(Design(config=ONE), Options(no_route=True))
    monkeypatch.setattr(Design, "verilog", lambda design: text + top)
    assert ECP5.run(Design(config=ONE), Options(no_route=True)).totals["LUT RAM"] > 0
