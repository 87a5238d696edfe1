"""The page on figures has every column of every table; oracle: the tables that verbs print."""

import re
from pathlib import Path

import pytest

from zskip.cli import main
from zskip.synth.fpga.family import Family
from zskip.synth.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"
NETWORK = str(DIGITS / "network.npz")
TEST = ("--inputs", str(DIGITS / "test.npz"))
COMPRESS = ("--inputs", str(DIGITS / "calibration.npz"), "--input-scale=0.0625", "--config=tiny")

TABLES = {
    "simulate": ["simulate", "NETWORK", *TEST, "--count=1", "--float", NETWORK],
    "verify": ["verify", "NETWORK", *TEST, "--count=1", "--float", NETWORK],
    "bench": ["bench", "--model", "--layer=NT-We", "--jobs=1"],
    "explore": ["explore", NETWORK, *TEST, "--count=1", "--set=queue_depth=4,8", "--jobs=0"],
    "explore, with a preset": ["explore", "--preset=switches", "--layer=NT-We", "--jobs=0"],
    "compare": ["compare", NETWORK, *TEST, "--count=1", "--model"],
    "sensitivity": ["sensitivity", NETWORK, *TEST, "--densities=0.5", "--count=1"],
    "fit": ["fit", "--config=tiny"],
    "doctor": ["doctor"],
}
"""Words of a command for each section of the page."""


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compressed network."""
    path = tmp_path_factory.mktemp("network") / "network.npz"
    assert main(["compress", NETWORK, "-o", str(path), *COMPRESS]) == 0
    return path


def described(section: str) -> set[str]:
    """Every code word in the first column of a section's tables, or in its prose."""
    text = (ROOT / "docs" / "figures.md").read_text(encoding="utf-8")
    body = re.split(r"^## ", text, flags=re.MULTILINE)
    return set(re.findall("`([^`]+)`", next(x for x in body if x.startswith(f"{section}\n"))))


def check(section: str, output: str) -> None:
    """Compare the headings of a printed table with a section."""
    headings = re.split(r"\s{2,}", output.splitlines()[0].strip())
    words = {x for x in headings if not re.fullmatch(r"[\d.]+|NT-We", x)}
    assert words
    assert words - described(section) == set()


def test_compress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", NETWORK, "-o", str(tmp_path / "network.npz"), *COMPRESS]) == 0
    check("compress", capsys.readouterr().out)


@pytest.mark.parametrize("section", TABLES)
def test_table(section: str, network: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(network) if word == "NETWORK" else word for word in TABLES[section]]
    assert main(words) == 0
    check(section, capsys.readouterr().out)


@pytest.mark.parametrize("target", ["ecp5", "ice40", "gowin", "xilinx"])
def test_synth(target: str) -> None:
    """Of the resources that a table has, without the minutes of a synthesis."""
    family = TARGETS[target]
    assert isinstance(family, Family)
    assert {"unit", "count", *family.cells.resources} - described("synth") == set()


def test_tables_of_the_nm_array(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network = str(tmp_path / "network.npz")
    words = ["compress", NETWORK, "-o", network, *COMPRESS[:-1], "--engine=nm", "--pattern=2:4"]
    assert main([*words, "--permute"]) == 0
    weights, pattern, _ = capsys.readouterr().out.split("\n\n", 2)
    check("compress", weights)
    check("compress", pattern.removeprefix("2:4"))
    assert main(["simulate", network, *TEST, "--count=1"]) == 0
    check("simulate", capsys.readouterr().out)
