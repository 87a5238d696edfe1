"""Seeded faults on the way of results to the host: the benches of its units find each one."""

from dataclasses import asdict
from pathlib import Path

import pytest
from amaranth.lib import wiring

from tests.verif.seeded import with_fault
from zskip.hw.eie.pe.read_out import ReadOut
from zskip.hw.eie.readout_node import ReadoutNode
from zskip.hw.eie.readout_tree import READOUT_MODULE, ReadoutTree
from zskip.hw.eie.shell import emitter
from zskip.model.common.errors import RunFailure
from zskip.model.eie.config import TINY
from zskip.verif.common.bench import Design, unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

CONFIG = TINY.replace(pe_count=2, activation_depth=16)
UNITS: dict[str, tuple[wiring.Component, ...]] = {
    "emitter": (emitter(CONFIG),),
    "read_out": (ReadOut(CONFIG),),
    "readout_tree": (ReadoutTree(CONFIG), ReadoutNode(CONFIG)),
}
"""Each unit, and the node that it refers to."""

FAULTS = {
    "a word has no place": ("emitter", r"room = free != 3'h0", "room = 1'h1"),
    "a word that is not complete keeps its place": (
        "emitter",
        r"asks_due\[2\] &\s+\(~\(",
        "1'h0 & (~(",
    ),
    "a word comes a cycle early": ("emitter", r"arrives = asks_due\[2\]", "arrives = asks_due[1]"),
    "a packet ends late": ("emitter", r"(empty = free) == 3'h5", r"\1 == 3'h4"),
    "rows are not gathered": ("emitter", r"word << \{part, 5'h0\}", "word"),
    "nothing goes on behind a packet": ("emitter", r"ended <= 1'h0;(\s+end\s+if \(s)", r"\1"),
    "outputs of all places": ("read_out", r"activation & \{16\{shown & [^}]*\}\}", "activation"),
    "counters of every PE": ("read_out", r"i__count & \(i__unit == pe\)", "i__count"),
    "counters that are wanted next": ("read_out", r"select <= i__counter", "select <= 2'h0"),
    "the first child alone": ("readout_tree", r"words__0 \| words__1", "words__0"),
    "commands to no unit": ("readout_tree", r"o__unit <= i__unit", "o__unit <= 1'h0"),
    "commands of the other kind": ("readout_tree", r"o__count <= i__count", "o__count <= i__read"),
}
"""The unit, what to look for in its Verilog, and what to put in its place."""


def design(unit: str) -> Design:
    """Return a unit, with its node if it refers to one."""
    component, *nodes = UNITS[unit]
    return unit_design(component, *((READOUT_MODULE, node) for node in nodes))


def check(unit: str, verilog: str, seed: int, folder: Path) -> None:
    """Run the bench of a unit up to its first failure, without a second run for a waveform."""
    compiled = build(verilog, top=design(unit).top, simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables({"config": asdict(CONFIG)}) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, f"zskip.verif.eie.tb_{unit}", folder=folder, seed=seed, variables=variables)


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, seed: int, tmp_path: Path) -> None:
    unit, pattern, replacement = FAULTS[fault]
    faulty = with_fault(design(unit).verilog, pattern, replacement)
    with pytest.raises(RunFailure, match="must pass"):
        check(unit, faulty, seed, tmp_path)


@pytest.mark.parametrize("unit", UNITS)
def test_without_a_fault_nothing_is_found(unit: str, seed: int, tmp_path: Path) -> None:
    check(unit, design(unit).verilog, seed, tmp_path)
