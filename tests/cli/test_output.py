"""What the verbs write; oracle: `json` reading it back, and a console on a string."""

import enum
import io
import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from rich.table import Table

from zskip.cli import output
from zskip.cli.tables import times


class Color(enum.Enum):
    RED = "red"


@dataclass
class Layer:
    name: str
    rows: np.int64


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Stand in for a terminal on the standard error output."""
    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=80, _environ={"TERM": "xterm"})
    monkeypatch.setattr(output, "message_console", lambda: console)
    return written


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": 1, 2: None}, {"a": 1, "2": None}),
        (np.arange(4, dtype=np.int16).reshape(2, 2), [[0, 1], [2, 3]]),
        ([np.float64(0.5), np.int64(3), np.bool_(True)], [0.5, 3, True]),
        ([float("inf"), float("nan"), np.float32("-inf")], [None, None, None]),
        ((Path("a") / "b", Color.RED, True), ["a/b", "red", True]),
        (Layer("fc1", np.int64(7)), {"name": "fc1", "rows": 7}),
    ],
)
def test_json_reads_back(
    capsys: pytest.CaptureFixture[str], value: object, expected: object
) -> None:
    output.emit_json(value)
    assert json.loads(capsys.readouterr().out) == expected


def test_json_refuses_what_it_cannot_hold() -> None:
    with pytest.raises(TypeError, match=r"what JSON can hold, not object$"):
        output.emit_json([object()])


def test_tables_are_not_wrapped_outside_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    table = Table("path")
    table.add_row("x" * 300)
    output.emit_text("above", table)
    captured = capsys.readouterr()
    assert "x" * 300 in captured.out
    assert captured.out.startswith("above\n")
    assert captured.err == ""


def test_progress_shows_on_a_terminal_and_goes(
    terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "PROGRESS_AFTER_SECONDS", 0.0)
    with output.progress("simulating", total=4) as advance:
        advance(3)
        deadline = time.monotonic() + 10
        while "simulating" not in terminal.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "75%" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[2K")


def test_short_work_shows_no_progress(terminal: io.StringIO) -> None:
    with output.progress("simulating", total=1) as advance:
        advance(1)
    assert terminal.getvalue() == ""


def test_progress_is_silent_outside_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "PROGRESS_AFTER_SECONDS", 0.0)
    with output.progress("simulating") as advance:
        time.sleep(0.1)
        advance(1)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_progress_ends_with_a_failing_body(
    terminal: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "PROGRESS_AFTER_SECONDS", 0.0)

    def work() -> None:
        time.sleep(0.1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), output.progress("simulating", total=1):
        work()
    assert terminal.getvalue().endswith("\x1b[2K")


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(2.5, "2.5 times smaller"), (1, "1.0 times smaller"), (0.5, "2.0 times larger")],
)
def test_a_ratio_says_in_which_direction(ratio: float, text: str) -> None:
    assert times(ratio, "smaller", "larger") == text
