"""``zskip doctor``; oracle: a list of tools made up for the test."""

import json
from collections.abc import Callable

import pytest

from zskip.cli import doctor, main
from zskip.verif.common.probe import Found
from zskip.verif.common.tools import Tool


def tool(name: str, found: Found, *, required: bool = True) -> Tool:
    return Tool(
        name=name,
        purpose="compiling",
        remedy=f"sudo apt-get install {name}",
        minimum="4.2",
        required=required,
        found=found,
    )


GOOD = tool("good", Found("/bin/good", "4.10"))
OLD = tool("old", Found("/bin/old", "4.1.9"))
BROKEN = tool("broken", Found("/bin/broken", ""))
MISSING = tool("missing", Found())
OPTIONAL = tool("optional", Found(), required=False)


Place = Callable[..., None]


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Make the given tools the ones that are found."""

    def found(*tools: Tool) -> None:
        monkeypatch.setattr(doctor, "find_tools", lambda: list(tools))

    return found


def test_table_says_all(
    tools: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    tools(GOOD, OLD, BROKEN, MISSING, OPTIONAL)
    assert main(["doctor"]) == 1
    captured = capsys.readouterr()
    rows = [" ".join(line.split()) for line in captured.out.splitlines()]
    assert rows == [
        "tool state version at least needed for how to get it found at",
        "good ok 4.10 4.2 compiling sudo apt-get install good /bin/good",
        "old too old 4.1.9 4.2 compiling sudo apt-get install old /bin/old",
        "broken does not run - 4.2 compiling sudo apt-get install broken /bin/broken",
        "missing missing - 4.2 compiling sudo apt-get install missing -",
        "optional missing - 4.2 compiling (optional) sudo apt-get install optional -",
    ]
    assert captured.err == (
        "zskip: error: every required tool must be usable, but old, broken, missing cannot be "
        "used: run the commands listed under 'how to get it'\n"
    )


def test_narrow_table_leaves_the_paths_out(
    tools: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    tools(GOOD)
    assert main(["doctor"]) == 0
    assert "/bin/good" not in capsys.readouterr().out


def test_json_says_all(tools: Place, capsys: pytest.CaptureFixture[str]) -> None:
    tools(GOOD, MISSING)
    assert main(["doctor", "--json"]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["ok"] is False
    assert report["tools"][0] == {
        "name": "good",
        "status": "ok",
        "version": "4.10",
        "minimum": "4.2",
        "path": "/bin/good",
        "required": True,
        "needed_for": "compiling",
        "how_to_get_it": "sudo apt-get install good",
    }
    assert report["tools"][1]["status"] == "missing"
    assert report["tools"][1]["version"] is None
    assert report["tools"][1]["path"] is None
    assert captured.err.count("\n") == 1


def test_a_missing_optional_tool_is_no_failure(
    tools: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    tools(GOOD, OPTIONAL)
    assert main(["doctor", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["ok"] is True
    assert captured.err == ""


def test_everything_is_there_where_the_tests_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 0
    states = {
        entry["name"]: entry["status"] for entry in json.loads(capsys.readouterr().out)["tools"]
    }
    assert set(states.values()) == {"ok"}, states
