"""Seeded faults in the units behind a serial line: their benches find each one."""

from pathlib import Path

import pytest
from amaranth.lib import wiring

from tests.verif.seeded import check_patterns, with_fault
from zskip.hw.common.uart_commands import UartCommands
from zskip.hw.common.uart_receiver import UartReceiver
from zskip.hw.common.uart_replies import UartReplies
from zskip.hw.common.uart_transmitter import UartTransmitter
from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import unit_design
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

UNITS = {
    "uart_receiver": UartReceiver(divisor=7),
    "uart_transmitter": UartTransmitter(divisor=5),
    "uart_commands": UartCommands(),
    "uart_replies": UartReplies(),
}

FAULTS = {
    "a bit is short": ("uart_receiver", r"timer <= 3'h6", "timer <= 3'h5"),
    "a spike is a byte": (
        "uart_receiver",
        r"if \(line\) begin(\s+fsm_state <= 2'h0;\s+end else)",
        r"if (1'h0) begin\1",
    ),
    "no stop bit is asked for": ("uart_receiver", r"valid <= line", "valid <= 1'h1"),
    "a break is many errors": ("uart_receiver", r"fsm_state <= 2'h3", "fsm_state <= 2'h0"),
    "the highest bit comes first": (
        "uart_receiver",
        r"\{line, octet\[7:1\]\}",
        "{octet[6:0], line}",
    ),
    "a byte has no stop bit": ("uart_transmitter", r"left <= 4'ha", "left <= 4'h9"),
    "the line begins low": ("uart_transmitter", r"line <= 1'h1;", "line <= 1'h0;"),
    "a word of seven bytes": ("uart_commands", r"left <= 4'h8", "left <= 4'h7"),
    "a lost word is not told": (
        "uart_commands",
        r"(o__valid & ~o__ready\) begin\s+lost <=) 1'h1",
        r"\1 lost",
    ),
    "a broken byte goes on": (
        "uart_commands",
        r"if \(broken\) begin\s+left <= 4'h0;",
        "if (broken) begin",
    ),
    "a reset forgets no error": (
        "uart_commands",
        r"reset <= 1'h1;\s+o__valid <= 1'h0;\s+lost <= 1'h0;",
        "reset <= 1'h1; o__valid <= 1'h0;",
    ),
    "a reset keeps the word": ("uart_commands", r"(reset <= 1'h1;\s+)o__valid <= 1'h0;", r"\1"),
    "no packet ends": ("uart_replies", r"8'h65", "8'h77"),
    "a word is sent without its last byte": ("uart_replies", r"left <= 4'h9", "left <= 4'h8"),
    "a second query is forgotten": ("uart_replies", r"if \(query\)", "if (query & (left == 4'h0))"),
    "a status comes again": ("uart_replies", r"left <= 4'h2;\s+asked <= 1'h0;", "left <= 4'h2;"),
}
"""The unit, what to look for in its Verilog, and what to put in its place."""


def check(unit: str, verilog: str, seed: int, folder: Path) -> None:
    """Run the bench of a unit up to its first failure, without a second run for a waveform."""
    component: wiring.Component = UNITS[unit]
    compiled = build(
        verilog, top=type(component).__name__, simulator=Simulator.ICARUS, cache=folder
    )
    stimulus = {"divisor": getattr(component, "divisor", 0)}
    variables = stimulus_variables(stimulus) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, f"zskip.verif.common.tb_{unit}", folder=folder, seed=seed, variables=variables)


@pytest.mark.parametrize("unit", UNITS)
def test_every_fault_has_a_place(unit: str) -> None:
    own = [fault for of, *fault in FAULTS.values() if of == unit]
    assert own
    check_patterns(unit_design(UNITS[unit]).verilog, own)


@pytest.mark.every(4)
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_is_found(fault: str, seed: int, tmp_path: Path) -> None:
    unit, pattern, replacement = FAULTS[fault]
    faulty = with_fault(unit_design(UNITS[unit]).verilog, pattern, replacement)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        check(unit, faulty, seed, tmp_path)


@pytest.mark.parametrize("unit", UNITS)
def test_without_a_fault_nothing_is_found(unit: str, seed: int, tmp_path: Path) -> None:
    check(unit, unit_design(UNITS[unit]).verilog, seed, tmp_path)
