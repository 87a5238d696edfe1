"""A process made up for tests: five cells."""

from pathlib import Path

import pytest

INDEX = 'index_1 ("0.001, 0.02, 0.2"); index_2 ("0.4, 8, 60");'
DELAY = f'(t) {{ {INDEX} values ("0.01, 0.03, 0.16", "0.02, 0.04, 0.17", "0.03, 0.06, 0.2"); }}'
EDGE = f'(t) {{ {INDEX} values ("0.01, 0.02, 0.1", "0.01, 0.02, 0.1", "0.05, 0.06, 0.12"); }}'
ARC = f"cell_rise {DELAY} cell_fall {DELAY} rise_transition {EDGE} fall_transition {EDGE}"

HEAD = """library (made) {
  delay_model : table_lookup;
  time_unit : "1ns"; voltage_unit : "1V"; current_unit : "1mA"; leakage_power_unit : "1nW";
  pulling_resistance_unit : "1kohm"; capacitive_load_unit (1, ff);
  nom_voltage : 1.0; nom_process : 1; nom_temperature : 25;
  input_threshold_pct_rise : 50; input_threshold_pct_fall : 50;
  output_threshold_pct_rise : 50; output_threshold_pct_fall : 50;
  slew_lower_threshold_pct_rise : 20; slew_lower_threshold_pct_fall : 20;
  slew_upper_threshold_pct_rise : 80; slew_upper_threshold_pct_fall : 80;
  lu_table_template (t) {
    variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;
    index_1 ("0.001, 0.02, 0.2"); index_2 ("0.4, 8, 60");
  }
"""

GATES = {
    "INV": (1.0, "A", "!A", "negative_unate"),
    "BUF": (1.5, "A", "A", "positive_unate"),
    "NAND2": (2.0, "AB", "!(A & B)", "negative_unate"),
    "NOR2": (2.5, "AB", "!(A | B)", "negative_unate"),
}
"""Area, inputs, function and sense of each gate."""

FLIP_FLOP = f"""  cell (DFF) {{
    area : 6.0;
    ff (IQ, IQN) {{ next_state : "D"; clocked_on : "CK"; }}
    pin (CK) {{ direction : input; clock : true; capacitance : 1; }}
    pin (D) {{ direction : input; capacitance : 1; }}
    pin (Q) {{ direction : output; function : "IQ"; max_capacitance : 100;
      timing () {{ related_pin : "CK"; timing_type : rising_edge; {ARC} }} }}
  }}
"""


def gate(name: str) -> str:
    """The Liberty cell of a gate."""
    area, inputs, function, sense = GATES[name]
    pins = "".join(f"    pin ({pin}) {{ direction : input; capacitance : 1; }}\n" for pin in inputs)
    arcs = " ".join(
        f'timing () {{ related_pin : "{pin}"; timing_sense : {sense}; {ARC} }}' for pin in inputs
    )
    return (
        f"  cell ({name}) {{\n    area : {area};\n{pins}"
        f'    pin (Y) {{ direction : output; function : "{function}"; max_capacitance : 100;\n'
        f"      {arcs} }}\n  }}\n"
    )


@pytest.fixture(scope="session")
def liberty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Liberty file of the process."""
    path = tmp_path_factory.mktemp("process") / "made.lib"
    cells = "".join(gate(name) for name in GATES)
    path.write_text(f"{HEAD}{cells}{FLIP_FLOP}}}\n", encoding="utf-8")
    return path
