"""Clock, pins and speed of a bitstream; oracles: divisions done by hand, messages."""

from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.synth.fpga.serial import serial
from zskip.synth.options import Options

BIT = Path("out.bit")


def test_the_board_of_no_options() -> None:
    port = serial(Options(bitstream=BIT))
    assert port is not None
    assert (port.clock_mhz, port.baud, port.divisor) == (25.0, 115_200, 217)
    assert serial(Options()) is None


def test_another_board(tmp_path: Path) -> None:
    pins = tmp_path / "board.lpf"
    pins.write_text('LOCATE COMP "clk" SITE "A10";\n')
    port = serial(Options(bitstream=BIT, pins=pins, clock_mhz=12.0, baud=3_000_000))
    assert port == (12.0, 3_000_000, 4, pins.read_text())


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (Options(baud=9600), "--baud must come with --bitstream: name the file to write"),
        (
            Options(bitstream=BIT, no_route=True),
            "a bitstream must be routed, but --no-route is given: leave it out",
        ),
        (
            Options(bitstream=BIT, clock_mhz=12.0),
            "--pins and --clock-mhz must be given together, as both are the board's: name both, or "
            "none for a ULX3S",
        ),
        (
            Options(bitstream=BIT, baud=0),
            "clock and baud rate must be above 0, not 25 MHz and 0",
        ),
        (
            Options(bitstream=BIT, baud=10_000_000),
            "a bit must take a whole number of cycles, 4 or more, within 2%, not 2.50 of 25 MHz: "
            "choose a lower --baud",
        ),
        (
            Options(bitstream=BIT, baud=4_600_000),
            "a bit must take a whole number of cycles, 4 or more, within 2%, not 5.43 of 25 MHz: "
            "choose a lower --baud",
        ),
    ],
    ids=str,
)
def test_bad_input(options: Options, line: str) -> None:
    with pytest.raises(InputError) as refused:
        serial(options)
    assert str(refused.value) == line
