"""Seeded faults in the RTL of the core of an engine: its benches find each one."""

from dataclasses import asdict
from pathlib import Path

import pytest

from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.bitlet.engine_core import EngineCore
from zskip.model.bitlet.config import NAMED
from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import Design, unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

CONFIG = NAMED["tiny"]

FAULTS = {
    "rounds end too close": (r"(left <= .* \? 1'h0 :) 1'h1", r"\1 1'h0"),
    "idle rows wrap around": (r"(engine__overflow\[1\]) & \(~\(\(\|joined\).*\)\)\)", r"\1"),
    "one row is waited for": (r"(serializer__joined =) .*;", r"\1 1'h0;"),
    "the bias of the next round": (
        r"(waiting__i__valid =) .*;",
        r"\1 i__valid & taken & complete;",
    ),
}
"""What to look for in the Verilog, and what to put in its place; found with integers."""

FLOAT_FAULTS = {
    "the accumulator is not shifted": (r"\? marks_\d\[15:10\] : 6'h0", "? 6'h0 : 6'h0"),
    "it is shifted in every cycle": (r"marks_\d\[3\] \? (marks_\d\[15:10\])", r"1'h1 ? \1"),
    "it is shifted without its sign": (r">>> rise", ">> rise"),
    "a hidden one of subnormal numbers": (r"\{\|word\[14:10\], ", "{1'h1, "),
    "an exponent of 0 of subnormal numbers": (r"word\[14:10\] : 5'h1", "word[14:10] : 5'h0"),
    "no exponents of the groups in front": (r"first \? start : common", "first ? start : 6'h0"),
    "no exponents of the beats in front": (r"opens \? 6'h0 : running", "1'h1 ? 6'h0 : running"),
    "no exponent of the bias": (r"first \? start :", "first ? 6'h0 :"),
    "a bias without a sign": (r"unpack__negative \?", "1'h0 ?"),
    "signs of activations do not count": (r" \^ activation_\d__negative", ""),
    "products of 0 have an exponent": (
        r"\(\|weight_(\d)__significand\) & \(\|activation_\1__significand\)",
        "1'h1",
    ),
    "far shifts leave something": (r" &\s+\(~\(\|t\d\[5:4\]\)\)", ""),
    "special groups are forgotten": (
        r"first \? start_special : special_\d+",
        "first & start_special",
    ),
    "special biases are forgotten": (r"first \? start_special : (special_\d+)", r"~first & \1"),
    "minus zero is not rectified": (r"relu & signs\[1\]", "relu & signs[1] & (|kept)"),
    "a field of 0 keeps its leading one": (
        r"= \(\$signed\(field\) < \$signed\(8'h1\)\)",
        "= ($signed(field) < $signed(8'h0))",
    ),
    "no infinities": (r">= \$signed\(8'h1f\)", ">= $signed(8'h20)"),
    "overflows are not told": (r"pack__overflow \| ", ""),
    "a beat goes on before its group is complete": (r"moves = i__valid \| opens", "moves = 1'h1"),
}
"""The same, found with floats."""

CASES = [("tb_engine_core", name, *fault) for name, fault in FAULTS.items()]
CASES += [("tb_engine_core_float", name, *fault) for name, fault in FLOAT_FAULTS.items()]


@pytest.fixture(scope="module")
def design() -> Design:
    """Two rows of six lanes, with float16."""
    return unit_design(EngineCore(CONFIG))


def test_every_fault_has_a_place(design: Design) -> None:
    check_patterns(design.verilog, [*FAULTS.values(), *FLOAT_FAULTS.values()])


@pytest.mark.every(4)
@pytest.mark.parametrize(
    ("bench", "name", "pattern", "replacement"), CASES, ids=[case[1] for case in CASES]
)
def test_fault_is_found(
    bench: str,
    name: str,
    pattern: str,
    replacement: str,
    design: Design,
    seed: int,
    tmp_path: Path,
) -> None:
    faulty = with_fault(design.verilog, pattern, replacement)
    compiled = build(faulty, top=design.top, simulator=Simulator.ICARUS, cache=tmp_path)
    variables = stimulus_variables({"config": asdict(CONFIG)}) | {"COCOTB_MAX_FAILURES": "1"}
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        run(
            compiled, f"zskip.verif.bitlet.{bench}", folder=tmp_path, seed=seed, variables=variables
        )
