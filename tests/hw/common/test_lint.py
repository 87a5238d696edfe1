"""Lint of the generated Verilog; oracle: Verilator and Icarus with all of their warnings."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from zskip.hw.bitlet.engine import ENGINE as BITLET
from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.hw.common.engine import Hardware
from zskip.hw.common.uart_top import TOP_MODULE, uart_verilog
from zskip.hw.eie.engine import ENGINE as EIE
from zskip.hw.nm.engine import ENGINE as NM
from zskip.model.bitlet.config import NAMED as BITLET_NAMED
from zskip.model.common.config import EngineConfig
from zskip.model.eie.config import NAMED, TINY
from zskip.model.nm.config import NAMED as NM_NAMED
from zskip.verif.common.tools import icarus_environment, verilator_environment

WAIVERS = Path(__file__).resolve().parents[3] / "hw" / "common" / "lint.vlt"

SMALLEST = TINY.replace(
    pe_count=1,
    queue_depth=1,
    weight_bits=2,
    run_bits=2,
    entries_per_word=1,
    spmat_depth=1,
    pointer_depth=2,
    bias_depth=1,
    register_depth=12,
    pass_count=1,
)
GROUPS = {"grouped_pointers": 1, "broadcast_rounds": 1, "broadcast_groups": 1, "pointer_depth": 64}
WIDE_ENTRIES = TINY.replace(
    pe_count=8, weight_bits=8, run_bits=8, entries_per_word=4, register_depth=9, acc_bits=48
)
EIE_CONFIGS: dict[str, EngineConfig] = {
    # More PEs are the same PE, and take Verilator minutes.
    **{name: config.replace(pe_count=min(config.pe_count, 4)) for name, config in NAMED.items()},
    "8 lanes": TINY.replace(lanes=8, accumulator_banks=8, run_bits=1, register_depth=9),
    **{f"{count} PEs": TINY.replace(pe_count=count) for count in (1, 2, 64)},
    "smallest": SMALLEST,
    "smallest groups": SMALLEST.replace(grouped_pointers=1, pointer_depth=4),
    "broadcasts of groups": TINY.replace(**GROUPS, pe_count=8),
    "smallest, broadcasts of groups": SMALLEST.replace(**GROUPS, column_queue_depth=1),
    "wide entries": WIDE_ENTRIES,
    "parity": TINY.replace(parity=1),
    "double input": TINY.replace(double_input=1),
    "streamed": TINY.replace(streamed=1),
    "smallest, double input": SMALLEST.replace(double_input=1),
    "parity of groups": TINY.replace(parity=1, grouped_pointers=1, lanes=2),
}

NM_TINY = NM_NAMED["tiny"]
NM_CONFIGS: dict[str, EngineConfig] = {
    **NM_NAMED,
    "smallest": NM_TINY.replace(
        pe_count=1, n=1, weight_depth=1, vector_depth=4, bias_depth=1, pass_count=1
    ),
    "one dense group": NM_TINY.replace(n=4, weight_bits=4, activation_bits=16),
    "wide": NM_TINY.replace(n=5, m=16, weight_bits=16, activation_bits=16, acc_bits=24),
    "parity": NM_TINY.replace(parity=1),
    "double input": NM_TINY.replace(double_input=1),
    "streamed": NM_TINY.replace(streamed=1, parity=1),
    "streamed beat by beat": NM_TINY.replace(streamed=1, weight_depth=1),
    "256 PEs": NM_TINY.replace(pe_count=256, vector_depth=512),
}

BITLET_TINY = BITLET_NAMED["tiny"]
BITLET_CONFIGS: dict[str, EngineConfig] = {
    **BITLET_NAMED,
    "smallest": BITLET_TINY.replace(
        pe_count=1,
        load_pairs=1,
        lanes=1,
        segments=1,
        float_bits=0,
        banks=1,
        invert=0,
        weight_depth=1,
        vector_depth=8,
        bias_depth=1,
        pass_count=1,
    ),
    "one row": BITLET_TINY.replace(segments=1, twos_complement=1, window=4),
    "decoupled": BITLET_TINY.replace(float_bits=0, run_ahead=2, decoupled=1, skew=2),
    "parity": BITLET_TINY.replace(parity=1),
    "double input": BITLET_TINY.replace(double_input=1),
    "streamed": BITLET_TINY.replace(streamed=1, parity=1),
    "streamed beat by beat": BITLET_TINY.replace(streamed=1, weight_depth=1),
    "64 engines": BITLET_TINY.replace(pe_count=64, float_bits=0, lanes=4, segments=4),
}
LARGE = (
    "zskip_eie 64 PEs",
    "zskip_nm nm_2_4_large",
    "zskip_nm 256 PEs",
    *(f"zskip_bitlet {name}" for name in BITLET_NAMED if name != "tiny"),
    "zskip_bitlet 64 engines",
)

ENGINES: dict[Hardware[Any], dict[str, EngineConfig]] = {
    EIE: EIE_CONFIGS,
    NM: NM_CONFIGS,
    BITLET: BITLET_CONFIGS,
}
DESIGNS = {
    f"{hardware.top} {name}": (hardware, config)
    for hardware, configs in ENGINES.items()
    for name, config in configs.items()
}
CASES = [
    pytest.param(*design, id=name, marks=pytest.mark.slow if name in LARGE else ())
    for name, design in DESIGNS.items()
]

MISTAKES = """
module mistakes (input clk, input [7:0] a, input b, output [3:0] narrow, output reg held,
                 output reg late, output reg mixed, output unknown);
  wire nothing;
  assign narrow = a;
  assign unknown = nothing;
  always @* if (b) held = a[0];
  always @(posedge clk) late = b;
  always @* mixed <= b;
endmodule
"""
"""A truncation, an undriven wire, a latch, and assignments of the wrong kind."""


def verilator_rules(source: Path, waivers: Path) -> set[str]:
    """Return the rules that Verilator reports; a design without any is accepted."""
    run = subprocess.run(
        ["verilator", "--lint-only", "-Wall", "--timescale", "1ns/1ps", waivers, source],
        capture_output=True,
        check=False,
        env=os.environ | verilator_environment(),
        text=True,
    )
    rules = set(re.findall(r"^%(?:Warning|Error)-(\w+)", run.stderr, flags=re.MULTILINE))
    assert (run.returncode == 0) == (not rules), run.stderr
    return rules


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Verilog of a small array."""
    source = tmp_path_factory.mktemp("lint") / f"{EIE.top}.v"
    source.write_text(EIE.verilog(TINY))
    return source


@pytest.mark.parametrize(("hardware", "config"), CASES)
def test_no_warnings(hardware: Hardware[Any], config: EngineConfig, tmp_path: Path) -> None:
    check(hardware.verilog(config), hardware.top, tmp_path / "array.v")


def test_no_warnings_behind_a_uart(tmp_path: Path) -> None:
    check(uart_verilog(EIE, TINY, 217), TOP_MODULE, tmp_path / "array.v")


@pytest.mark.parametrize("hardware", [EIE, NM], ids=lambda hardware: hardware.top)
def test_no_warnings_behind_axi(hardware: Hardware[Any], tmp_path: Path) -> None:
    verilog = axi_verilog(hardware, {EIE: TINY, NM: NM_TINY}[hardware])
    check(verilog, axi_module(hardware), tmp_path / "array.v")


def check(verilog: str, top: str, source: Path) -> None:
    """Write a design, which neither Verilator nor Icarus has a warning for."""
    source.write_text(verilog)
    assert verilator_rules(source, WAIVERS) == set()
    run = subprocess.run(
        ["iverilog", "-Wall", "-g2012", "-t", "null", "-s", top, source],
        capture_output=True,
        check=False,
        env=os.environ | icarus_environment(),
        text=True,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.parametrize(
    "waiver", [line for line in WAIVERS.read_text().splitlines() if line.startswith("lint_off")]
)
def test_every_waiver_is_needed(waiver: str, tiny: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer.vlt"
    fewer.write_text(WAIVERS.read_text().replace(f"{waiver}\n", ""))
    assert verilator_rules(tiny, fewer) == {waiver.split()[2]}


def test_waivers_do_not_hide_mistakes(tmp_path: Path) -> None:
    source = tmp_path / "mistakes.v"
    source.write_text(MISTAKES)
    assert verilator_rules(source, WAIVERS) == {
        "BLKSEQ",
        "COMBDLY",
        "LATCH",
        "UNDRIVEN",
        "WIDTHTRUNC",
    }
