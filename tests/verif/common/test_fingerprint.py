"""Names of a block's Verilog; oracle: what the Verilog is made of."""

import os
from pathlib import Path

import pytest

from zskip.hw.eie.engine import ENGINE
from zskip.model.eie.config import TINY
from zskip.verif.common import fingerprint as unit
from zskip.verif.common.fingerprint import fingerprint
from zskip.verif.common.simulator import Simulator, build


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sources made up for the test, older than the process."""
    for name in ("hw/common/sram.v", "model/config.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("text")
    (tmp_path / "hw/common/notes.txt").write_text("no source")
    find = unit._source_files
    monkeypatch.setattr(unit, "_source_files", lambda root: find(tmp_path))
    monkeypatch.setattr(unit, "_STARTED", float("inf"))
    return tmp_path


def test_the_sources_of_the_project_are_found() -> None:
    root = Path(unit.__file__).resolve().parents[2]
    names = {path.relative_to(root).as_posix() for path in unit._source_files(root)}
    assert {"hw/common/sram.v", "hw/eie/array.py", "model/eie/config.py"} <= names


def test_it_is_the_same_again_and_another_for_another_configuration(sources: Path) -> None:
    first = fingerprint(ENGINE, TINY)
    assert first is not None
    assert fingerprint(ENGINE, TINY) == first
    assert fingerprint(ENGINE, TINY.replace(queue_depth=4)) not in (first, None)


@pytest.mark.parametrize("name", ["hw/common/sram.v", "model/config.py"])
def test_a_changed_source_is_another(sources: Path, name: str) -> None:
    first = fingerprint(ENGINE, TINY)
    (sources / name).write_text("other text")
    assert fingerprint(ENGINE, TINY) not in (first, None)


def test_a_new_source_is_another(sources: Path) -> None:
    first = fingerprint(ENGINE, TINY)
    (sources / "hw" / "new.py").touch()
    assert fingerprint(ENGINE, TINY) not in (first, None)


def test_another_version_is_another(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = fingerprint(ENGINE, TINY)
    monkeypatch.setattr(unit, "VERSION", "999")
    assert fingerprint(ENGINE, TINY) not in (first, None)


def test_a_source_changed_since_the_process_began_gives_none(
    sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = sources / "hw/common/sram.v"
    monkeypatch.setattr(unit, "_STARTED", path.stat().st_ctime + 1)
    assert fingerprint(ENGINE, TINY) is not None
    monkeypatch.setattr(unit, "_STARTED", path.stat().st_ctime - 1)
    os.utime(path, (0, 0))
    assert fingerprint(ENGINE, TINY) is None, "the time of a change cannot be set back"


def test_hardware_from_elsewhere_gives_none(sources: Path) -> None:
    class Elsewhere(type(ENGINE)):
        pass

    assert fingerprint(Elsewhere(), TINY) is None


def test_a_known_design_is_not_made_again(tmp_path: Path) -> None:
    made = []

    def verilog() -> str:
        made.append(1)
        return "module top (\n  input wire clk\n);\nendmodule\n"

    def compiled(name: str | None) -> Path:
        return build(
            verilog, top="top", simulator=Simulator.ICARUS, cache=tmp_path, fingerprint=name
        ).folder

    folder = compiled("one")
    assert compiled("one") == folder
    assert len(made) == 1
    assert compiled("two") == folder, "the text is the same"
    assert len(made) == 2
    assert compiled(None) == folder
    assert len(made) == 3
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert compiled("one") == folder, "it is compiled again where it has gone"
    assert len(made) == 4
