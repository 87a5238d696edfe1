"""Synthesis for standard cells; oracles: memories and flip-flops of the golden model."""

import json
import shutil
from pathlib import Path

import pytest

import zskip
from zskip.cli import main
from zskip.model.common.sram_table import read_srams
from zskip.model.eie.config import TINY as EIE
from zskip.model.nm.config import NAMED
from zskip.model.nm.engine import ENGINE
from zskip.model.nm.events import register_bits
from zskip.synth.asic import mapping, target
from zskip.synth.asic.liberty import read_library
from zskip.synth.asic.target import NO_STA
from zskip.synth.options import Options
from zskip.synth.result import SynthResult
from zskip.synth.yosys import NETLIST
from zskip.verif.common import probe
from zskip.verif.common.probe import Found

TINY = NAMED["tiny"]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The line of a run that ends in status 2."""
    assert main(["synth", "--target", "asic", *words]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    return captured.err


def sram_area() -> float:
    """Area of the SRAMs of the array by the table, two halves of activations among them."""
    table = read_srams()
    area = 2 * table.cost(TINY.vector_depth // TINY.lanes, TINY.lanes * 16).area_um2
    for memory in ENGINE.memories(TINY):
        count = TINY.pe_count if memory.per_pe else 1
        area += count * table.cost(memory.depth, memory.bits).area_um2
    return area


def check(result: SynthResult) -> None:
    """Compare the smallest N:M array with what it must have."""
    totals = result.totals
    assert totals["SRAM um2"] == pytest.approx(sram_area(), abs=0.2)
    assert totals["um2"] == pytest.approx(totals["SRAM um2"] + totals["logic um2"], abs=0.2)
    assert totals["flip-flops"] == pytest.approx(register_bits(TINY), rel=0.15)
    assert totals["logic um2"] > 6 * totals["flip-flops"]
    rows = {unit.name: unit for unit in result.units}
    assert (rows["row"].count, rows["row"].depth) == (TINY.pe_count, 1)
    for name, total in totals.items():
        parts = [unit.figures[name] for unit in result.units if unit.depth == 1]
        assert 0 < sum(parts) <= total + 1


@pytest.mark.usefixtures("yosys")
def test_a_small_array(liberty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenSTA, which few have."""
    monkeypatch.setattr(target, "open_sta", lambda: None)
    result = zskip.synthesize("asic", config=TINY, options=Options(liberty=liberty))
    check(result)
    assert result.figures["timing"] in ("abc", None)
    assert result.notes == (NO_STA,)
    assert f"SRAM 512 x {TINY.word_bits}: " in " ".join(result.lines)
    assert any("ideal wires" in line for line in result.lines)


@pytest.mark.slow
@pytest.mark.usefixtures("yosys")
@pytest.mark.skipif(not shutil.which("sta"), reason="OpenSTA is not installed: apt install opensta")
def test_sky130(sky130: Path) -> None:
    result = zskip.synthesize("asic", config=EIE, options=Options(liberty=sky130, clock_mhz=400))
    assert {unit.name: unit.count for unit in result.units}["pe"] == EIE.pe_count
    figures = result.figures
    assert figures["timing"] == "sta"
    assert isinstance(figures["period_ns"], float)
    assert isinstance(figures["logic_ns"], float)
    assert 1 < figures["logic_ns"] <= figures["period_ns"] < 20
    # The file says 40.5 fJ for a cycle of a flip-flop; logic and loads come on top.
    assert 40e-6 * 400 < result.totals["logic mW"] / result.totals["flip-flops"] < 80e-6 * 400
    assert result.totals["logic um2"] / result.totals["NAND2"] == pytest.approx(3.7536, rel=1e-3)


@pytest.mark.usefixtures("yosys")
def test_macros_of_ones_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A memory that no macro holds is refused in front of any synthesis."""
    srams = tmp_path / "srams.csv"
    srams.write_text("name,depth,width,area_um2,read_pj,access_ns\nm,64,64,9,1,1\n", "utf-8")
    library = tmp_path / "made.lib"
    library.write_text(
        'library (a) {\ncell (I) {\narea : 1;\npin (Y) {\nfunction : "!A";\n}}\n'
        "cell (D) {\narea : 1;\nff (Q, N) {\n}}}",
        encoding="utf-8",
    )
    words = ("--engine", "nm", "--config", "tiny", "--liberty", str(library))
    line = refused(capsys, *words, "--srams", str(srams))
    assert f"an SRAM of 512 words of {TINY.word_bits} bits must fit a macro" in line


def test_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str], liberty: Path) -> None:
    assert "add --liberty FILE" in refused(capsys, "--config", "tiny")
    nowhere = str(tmp_path / "none.lib")
    assert "that can be read" in refused(capsys, "--config", "tiny", "--liberty", nowhere)
    (tmp_path / "gates.lib").write_text("library (a) {\n}", encoding="utf-8")
    gates = str(tmp_path / "gates.lib")
    assert "without flip-flops" in refused(capsys, "--config", "tiny", "--liberty", gates)
    words = ("--config", "tiny", "--liberty", str(liberty))
    assert "CSV file that can be read" in refused(capsys, *words, "--srams", nowhere)
    assert "clock-mhz" in refused(capsys, *words, "--clock-mhz", "0")
    assert "leave one out" in refused(capsys, *words, "--vcd", nowhere, "--activity", "0.1")
    assert "must be a waveform" in refused(capsys, *words, "--vcd", nowhere)
    assert "asic takes" in refused(capsys, *words, "--part", "25k")


def test_missing_tools(
    liberty: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "package", lambda *words: Found())
    monkeypatch.setenv("PATH", "")
    line = refused(capsys, "--config", "tiny", "--liberty", str(liberty))
    assert "Yosys for synthesis 0.70 or newer must be installed" in line


def test_modules_that_repeat_are_mapped_once() -> None:
    verilog = "module pe (\n);\n  leaf a (\n  );\nendmodule\nmodule leaf (\n);\nendmodule\n"
    top = "module top (\n);\n  pe pe_0 (\n  );\n  pe pe_1 (\n  );\nendmodule\n"
    assert mapping.repeated(verilog + top) == ["pe"]


TWO_PES = """
module pe (
  input wire clk, input wire en, input wire [1:0] d, output reg [1:0] q
);
  always @(posedge clk) if (en) q <= d;
endmodule
module top (
  input wire clk, input wire en, input wire [1:0] d, output wire [3:0] q
);
  pe pe_0 (
    .clk(clk), .en(en), .d(d), .q(q[1:0])
  );
  pe pe_1 (
    .clk(clk), .en(en), .d(d), .q(q[3:2])
  );
endmodule
"""


@pytest.mark.usefixtures("yosys")
def test_no_loads_are_hidden_from_abc(liberty: Path, tmp_path: Path) -> None:
    """Enables are no pins, and inputs of a module but its clock drive a buffer and nothing else."""
    text = liberty.read_text(encoding="utf-8").rstrip().removesuffix("}")
    enabled = text[text.index("  cell (DFF)") :].replace("(DFF)", "(DFFE)")
    enabled = enabled.replace('"D"', '"(D & E) | (IQ & !E)"')
    enabled = enabled.replace(
        "pin (D)", "pin (E) { direction : input; capacitance : 1; }\n pin (D)"
    )
    (tmp_path / "enabled.lib").write_text(f"{text}{enabled}}}\n", encoding="utf-8")
    library = read_library(tmp_path / "enabled.lib")
    assert library.flip_flops == {"DFF", "DFFE"}
    mapping.map_cells(tmp_path, TWO_PES, "top", library, 1000)
    pe = json.loads((tmp_path / NETLIST).read_text(encoding="utf-8"))["modules"]["pe"]

    def loads(*ports: str) -> list[str]:
        """Types of the cells that ports drive."""
        driven = {bit for port in ports for bit in pe["ports"][port]["bits"]}
        return [
            cell["type"]
            for cell in pe["cells"].values()
            for pin, bits in cell["connections"].items()
            if cell["port_directions"][pin] == "input" and driven & set(bits)
        ]

    assert loads("en", "d") == ["BUF"] * 3
    assert loads("clk") == ["DFF"] * 2
