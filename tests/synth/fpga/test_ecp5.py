"""Place and route, and bitstreams; oracles: tools made up for the test, or the real ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

import zskip
from zskip.model.common.errors import InputError, RunFailure
from zskip.model.eie.config import TINY
from zskip.synth.fpga import ecp5
from zskip.synth.nextpnr import Chip, Routed
from zskip.synth.options import Options
from zskip.synth.result import Unit

ONE = TINY.replace(pe_count=1)


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], list[tuple[str, ...]]]:
    """Make every design one of a clock; return what nextpnr is told, and the pins."""

    def make(fmax: float) -> list[tuple[str, ...]]:
        told: list[tuple[str, ...]] = []
        taken = {"LUT": 1000.0, "FF": 500.0, "block RAM": 4.0, "DSP": 2.0}
        whole = Unit(name="top", depth=0, count=1, figures=taken)

        def route(
            folder: Path, netlist: Path, chip: Chip, *words: str, luts: float, seed: int
        ) -> Routed:
            told.append(
                (*chip, f"{luts:.0f}", str(seed), *words, (folder / "pins.lpf").read_text())
            )
            return Routed(fmax, ("a", "b", "c", "d"), {"TRELLIS_COMB": 1200}, {})

        monkeypatch.setattr(ecp5, "nextpnr_ecp5", lambda: None)
        monkeypatch.setattr(ecp5, "ecppack", lambda: None)
        monkeypatch.setattr(ecp5.Ecp5, "map", lambda *words: (whole,))
        monkeypatch.setattr(ecp5, "register_ports", lambda netlist, top: told.append((top,)))
        monkeypatch.setattr(ecp5, "route", route)
        monkeypatch.setattr(ecp5, "pack", lambda folder: b"bits")
        return told

    return make


Make = Callable[[float], list[tuple[str, ...]]]


def test_what_is_told(tools: Make) -> None:
    told = tools(50.25)
    options = Options(part="45k", package="CABGA554", speed="7", seed=5)
    result = zskip.synthesize("ecp5", config=ONE, options=options)
    assert result.lines == (
        "fits LFE5U 45k: 1,000 of 43,848 LUT (2%), 500 of 43,848 FF (1%), 4 of 108 block RAM (4%), "
        "2 of 72 DSP (3%)",
        "clock: 50.2 MHz after place and route in CABGA554, speed grade 7; 1,200 LUTs placed",
        "critical path: from a through 2 cells to d",
    )
    assert result.figures["fmax_mhz"] == 50.25
    words = (
        "45k",
        "CABGA554",
        "7",
        "1000",
        "5",
        "--lpf",
        "pins.lpf",
        "--lpf-allow-unconstrained",
        "",
    )
    assert told == [("zskip_eie",), words]


def test_a_bitstream_is_written(tools: Make, tmp_path: Path) -> None:
    told = tools(50.0)
    path = tmp_path / "out.bit"
    result = zskip.synthesize("ecp5", config=ONE, options=Options(bitstream=path))
    assert path.read_bytes() == b"bits"
    assert result.lines[-1] == f"{path}: 4 bytes; 115,200 baud, 8N1, at a clock of 25 MHz"
    assert told[0][:-1] == ("85k", "CABGA381", "6", "1000", "1", "--lpf", "pins.lpf")
    # A port without a place would stop nextpnr.
    for port in ("clk", "rst", "rx", "tx"):
        assert f'LOCATE COMP "{port}" SITE' in told[0][-1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (Options(part="12k"), "--part of ecp5 must be one of 25k, 45k, 85k, not '12k'"),
        (
            Options(part="25k", package="QFN84"),
            "--package of part 25k must be one of CABGA381, CABGA256, not 'QFN84'",
        ),
        (Options(speed="9"), "--speed of ecp5 must be one of 6, 7, 8, not '9'"),
        (
            Options(seed=-1),
            "--seed of ecp5 must be from 0 to 2,147,483,647, not -1: give another one",
        ),
    ],
)
def test_an_unknown_chip_is_refused(options: Options, message: str) -> None:
    with pytest.raises(InputError) as refused:
        zskip.synthesize("ecp5", config=ONE, options=options)
    assert str(refused.value) == message


def test_a_design_slower_than_the_board_is_refused(tools: Make, tmp_path: Path) -> None:
    tools(24.0)
    path = tmp_path / "out.bit"
    with pytest.raises(RunFailure) as refused:
        zskip.synthesize("ecp5", config=ONE, options=Options(bitstream=path))
    assert str(refused.value) == (
        "the design must reach the clock of the board, 25 MHz, but reaches 24.0 MHz: give it a "
        "slower --clock-mhz, or a smaller array"
    )
    assert not path.exists()


def test_a_bitstream_that_cannot_be_written_is_refused_first(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        zskip.synthesize("ecp5", config=ONE, options=Options(bitstream=tmp_path / "no" / "out.bit"))


def test_a_bitstream_without_its_writer_is_refused_first(
    tools: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tools(50.0)

    def missing() -> None:
        raise InputError("no ecppack")

    monkeypatch.setattr(ecp5, "ecppack", missing)
    with pytest.raises(InputError, match="no ecppack"):
        zskip.synthesize("ecp5", config=ONE, options=Options(bitstream=tmp_path / "out.bit"))
    assert told == []
    zskip.synthesize("ecp5", config=ONE, options=Options())


@pytest.mark.slow
@pytest.mark.usefixtures("yosys", "nextpnr")
def test_a_real_bitstream(tmp_path: Path) -> None:
    path = tmp_path / "out.bit"
    result = zskip.synthesize("ecp5", config=ONE, options=Options(bitstream=path))
    data = path.read_bytes()
    assert b"Part: LFE5U-85F-6CABGA381\0" in data[:200]
    # The preamble that a configuration begins with.
    assert b"\xff\xff\xbd\xb3" in data[:200]
    assert isinstance(fmax := result.figures["fmax_mhz"], float)
    assert 40 < fmax < 100
