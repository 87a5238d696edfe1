"""Power of cells; oracle: a Liberty file whose figures are added up by hand."""

from collections import Counter
from pathlib import Path

import pytest

from zskip.synth.asic.activity import Activity
from zskip.synth.asic.liberty import read_library
from zskip.synth.asic.power import Power, parse

TEXT = """library (made) {
  capacitive_load_unit (1, ff); leakage_power_unit : "1nW"; nom_voltage : 2.0;
  cell (INV) { area : 1; cell_leakage_power : 3;
    pin (A) { direction : input; capacitance : 1.5; }
    pin (Y) { direction : output; function : "!A"; /* a comment { */
      internal_power () { related_pin : "A";
        rise_power (t) { values ("1, 2, 3", "4, 5, 6", "7, 8, 9"); }
        fall_power (scalar) { values ("7"); } } }
  }
  cell (DFF) { area : 6; ff (IQ, IQN) { next_state : "D"; }
    leakage_power () { when : "D"; value : 4; } leakage_power () { when : "!D"; value : 8; }
    pin (CK) { direction : input; clock : true; capacitance : 2;
      internal_power () { when : "D"; rise_power (t) { values ("5"); } fall_power (t) {
        values ("7"); } }
      internal_power () { when : "!D"; rise_power (t) { values ("1"); } fall_power (t) {
        values ("3"); } } }
    pin (D) { direction : input; capacitance : 1; }
    pin (Q) { direction : output; function : "IQ"; }
  }
}
"""


@pytest.fixture
def power(tmp_path: Path) -> Power:
    path = tmp_path / "made.lib"
    path.write_text(TEXT, encoding="utf-8")
    return Power(read_library(path), clock_mhz=500, activity=Activity(0.25, {("idle",): 0.0}))


def test_cells(power: Power) -> None:
    inverter, flip_flop = power.cell("INV"), power.cell("DFF")
    # Middle of the table 5, and 7: 6 fJ an edge; the input is 1.5 fF at 4 V2, half of it a toggle.
    assert inverter.toggle_pj == pytest.approx((6 + 3) / 1e3)
    assert (inverter.cycle_pj, inverter.leakage_pw) == (0, 3000)
    # Two edges of 4 fJ, and 2 fF at 4 V2.
    assert flip_flop.cycle_pj == pytest.approx((8 + 8) / 1e3)
    assert flip_flop.toggle_pj == pytest.approx(2 / 1e3)
    assert flip_flop.leakage_pw == 6000


def test_power(power: Power) -> None:
    cells = Counter({"INV": 1000, "DFF": 100, "an SRAM": 1})
    dynamic = 500 * (1000 * 0.25 * 9 + 100 * (16 + 0.25 * 2)) / 1e6
    leakage = (1000 * 3 + 100 * 6) / 1e6
    assert power.milliwatts(cells, ()) == pytest.approx(dynamic + leakage)
    # Where nothing toggles, the clock is left.
    still = 500 * 100 * 16 / 1e6
    assert power.milliwatts(cells, ("idle", "queue")) == pytest.approx(still + leakage)


def test_library_of_the_tests(liberty: Path) -> None:
    """Without internal power, the loads of inputs are left: 1 fF at 1 V."""
    cell = Power(read_library(liberty), 800, Activity(0.1)).cell("NAND2")
    assert cell.toggle_pj == pytest.approx(2 * 0.5 / 1e3)


def test_groups() -> None:
    group = parse('a : 1; b (x) { c ("1", \\\n"2"); d (y) { e : "f;g"; } } } h : 2;')
    (inner,) = group.named("b")
    assert group.attributes == {"a": "1"}
    assert inner.attributes == {"c": '"1", \\\n"2"'}
    assert inner.named("d")[0].attributes == {"e": "f;g"}
