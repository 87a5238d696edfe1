"""Pictures of README.md; oracles: its table, and the command that it gives."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import zskip
from zskip.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_every_picture_is_there() -> None:
    named = set(re.findall(r"!\[.+\]\((docs/\w+\.svg)\)", (ROOT / "README.md").read_text()))
    assert named == {f"docs/{path.name}" for path in (ROOT / "docs").glob("*.svg")}
    for name in named:
        assert ElementTree.parse(ROOT / name).findtext("{*}title")


def test_the_plot_has_the_cycles_of_the_table() -> None:
    row = r"^([A-Z][\w-]+) +\d+ x \d+ .* ([\d,]+) +[\d,]+ +[\d.]+ +([\d,]+) +[\d.]+ +[\d.]+%"
    text = (ROOT / "README.md").read_text()
    table = text.partition("zskip bench --config wide")[2].partition("geometric mean")[0]
    rows = re.findall(row, table, flags=re.MULTILINE)
    assert len(rows) == 9
    texts = [
        text.text for text in ElementTree.parse(ROOT / "docs/cycles.svg").iterfind(".//{*}text")
    ]
    for name, cycles, paper in rows:
        assert texts[texts.index(name) + 1] == f"{cycles}; paper {paper}"


@pytest.mark.slow
def test_the_command_makes_the_same_map(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    command = "--shape 4096x4096 --density 0.05:1.0 --engines eie,nm_1_4,nm,dense"
    text = (ROOT / "README.md").read_text()
    assert re.search(rf"zskip compare {command} [\s\\]*--check 3 --plot docs/density.svg", text)
    plot = tmp_path / "density.svg"
    assert main(["compare", *command.split(), "--plot", str(plot)]) == 0
    assert plot.read_bytes() == (ROOT / "docs" / "density.svg").read_bytes()


def test_the_map_has_the_engines_of_its_command(tmp_path: Path) -> None:
    """The same command for a smaller layer differs in nothing but the numbers."""
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    plot = tmp_path / "density.svg"
    words = ["--shape", "64x64", "--density", "0.05:1.0", "--engines", "eie,nm_1_4,nm,dense"]
    assert main(["compare", *words, "--jobs", "1", "--plot", str(plot)]) == 0
    ours, shown = (
        {text.text for text in ElementTree.parse(path).iterfind(".//{*}text")}
        for path in (plot, ROOT / "docs" / "density.svg")
    )
    words = {"eie", "nm_1_4", "nm", "dense", "weights that are not zero, %", "100"}
    assert words <= ours & shown


@pytest.mark.slow
def test_the_command_makes_the_same_plot(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the extra `report` is not installed")
    assert (
        "zskip bench --config wide --model --plot docs/cycles.svg"
        in (ROOT / "README.md").read_text()
    )
    zskip.bench(config="wide", model=True, plot=tmp_path / "cycles.svg")
    assert (tmp_path / "cycles.svg").read_bytes() == (ROOT / "docs" / "cycles.svg").read_bytes()
