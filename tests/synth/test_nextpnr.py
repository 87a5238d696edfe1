"""What nextpnr is told, and what is read from its report; oracle: a tool made up for the test."""

import json
from pathlib import Path

import pytest

from zskip.synth import nextpnr
from zskip.synth.nextpnr import REPORT, ROUTER1_LUTS, Chip, Routed

CHIP = Chip("25k", "CABGA256", "7")

CRITICAL = [
    {"from": {"cell": "a"}, "to": {"cell": "b"}},
    {"from": {"cell": "b"}, "to": {"cell": "c"}},
]

FOUND = {
    "fmax": {"clk": {"achieved": 80.5}, "slow": {"achieved": 20.25}},
    "critical_paths": [{"path": CRITICAL}],
    "utilization": {"TRELLIS_COMB": {"used": 12, "available": 24}},
}


class Tool:
    """A nextpnr that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def run(self, folder: Path, *words: str) -> None:
        self.told = list(words)
        (folder / REPORT).write_text(json.dumps(FOUND))

    def option(self, name: str) -> str:
        return self.told[self.told.index(name) + 1]


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> Tool:
    tool = Tool()
    monkeypatch.setattr(nextpnr, "nextpnr_ecp5", lambda: tool)
    return tool


def test_the_chip_the_seed_and_further_options_are_told(tool: Tool, tmp_path: Path) -> None:
    found = nextpnr.route(tmp_path, tmp_path / "net.json", CHIP, "--lpf", "pins", luts=10, seed=7)
    assert "--25k" in tool.told
    names = ("package", "speed", "seed", "json", "lpf", "placer-heap-timingweight")
    assert {name: tool.option(f"--{name}") for name in names} == {
        "package": "CABGA256",
        "speed": "7",
        "seed": "7",
        "json": "net.json",
        "lpf": "pins",
        "placer-heap-timingweight": "80",
    }
    assert found == Routed(20.25, ("a", "b", "c"), {"TRELLIS_COMB": 12}, {"TRELLIS_COMB": 24})


@pytest.mark.parametrize(
    ("luts", "router"), [(ROUTER1_LUTS, "router1"), (ROUTER1_LUTS + 1, "router2")]
)
def test_large_designs_have_the_router_that_ends(
    tool: Tool, tmp_path: Path, luts: int, router: str
) -> None:
    nextpnr.route(tmp_path, tmp_path / "net.json", CHIP, luts=luts)
    assert tool.option("--router") == router
    assert tool.option("--seed") == "1"
