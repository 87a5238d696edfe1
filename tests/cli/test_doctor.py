"""``zskip doctor``; oracle: a list of tools made up for the test."""

import json
from collections.abc import Callable
from pathlib import Path

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
        monkeypatch.setattr(doctor.synthesis, "find_tools", list)

    return found


def test_table_says_all(
    tools: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_CACHE_HOME", "/nowhere")
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
        "",
        "compiled designs: 0.0 MB of 500 MB in /nowhere/zskip/builds",
    ]
    assert captured.err == (
        "zskip: error: every required tool must be usable, but old, broken, missing cannot be "
        "used: run the commands listed under 'how to get it'\n"
    )


def test_an_extra_stands_there_with_its_brackets(
    tools: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    tools(tool("[onnx]", Found(), required=False))
    assert main(["doctor"]) == 0
    assert "sudo apt-get install [onnx]" in capsys.readouterr().out


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
    for optional in ("PyTorch", "Yosys for synthesis", "nextpnr-ecp5", "OpenSTA"):
        states.pop(optional)
    assert set(states.values()) == {"ok"}, states


def test_cache_is_told_and_cleared(
    tools: Place,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    tools(GOOD)
    folder = tmp_path / "zskip" / "builds" / "design"
    folder.mkdir(parents=True)
    (folder / "program").write_bytes(bytes(2_500_000))
    assert main(["doctor"]) == 0
    assert "compiled designs: 2.5 MB of 500 MB in " in capsys.readouterr().out
    assert main(["doctor", "--clear-cache"]) == 0
    assert ": 0.0 MB of 500 MB in " in (out := capsys.readouterr().out)
    assert out.endswith(", after 2.5 MB were removed\n")
    assert not folder.exists()
    assert main(["doctor", "--json", "--clear-cache"]) == 0
    kept = {"path": str(folder.parent), "bytes": 0, "limit": 500_000_000, "freed": 0}
    assert json.loads(capsys.readouterr().out)["cache"] == kept
