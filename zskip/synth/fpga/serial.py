"""How a bitstream stands on a board: clock, pins and speed of its UART."""

from typing import NamedTuple

from zskip.model.common.errors import InputError
from zskip.model.common.uart import LEAST_DIVISOR
from zskip.synth.options import Options, flag

BOARD = "ULX3S"
"""The board whose pins are taken where none are given; it has every part in CABGA381."""

BOARD_CLOCK_MHZ = 25.0

BOARD_PINS = """\
LOCATE COMP "clk" SITE "G2";
LOCATE COMP "rst" SITE "R1";
LOCATE COMP "rx" SITE "M1";
LOCATE COMP "tx" SITE "L4";
IOBUF PORT "clk" PULLMODE=NONE IO_TYPE=LVCMOS33;
IOBUF PORT "rst" PULLMODE=DOWN IO_TYPE=LVCMOS33;
IOBUF PORT "rx" PULLMODE=UP IO_TYPE=LVCMOS33;
IOBUF PORT "tx" PULLMODE=UP IO_TYPE=LVCMOS33;
"""
"""Oscillator, button FIRE1, and the UART of the USB socket, as constraints of Lattice (LPF)."""

BAUD = 115_200

TOLERANCE = 0.02
"""Largest departure of a bit from its length; a receiver notices 5 % at the end of a byte."""


class Serial(NamedTuple):
    """Clock, pins and speed.

    Parameters
    ----------
    clock_mhz : float
        Clock of the board.
    baud : int
        Bits a second.
    divisor : int
        Cycles of a bit.
    pins : str
        Constraints of the ports ``clk``, ``rst``, ``rx`` and ``tx``, LPF.
    """

    clock_mhz: float
    baud: int
    divisor: int
    pins: str


def serial(options: Options) -> Serial | None:
    """Return what the options say of a bitstream.

    Parameters
    ----------
    options : Options
        Options of ECP5.

    Returns
    -------
    Serial or None
        None where no bitstream is asked for.

    Raises
    ------
    InputError
        The clock has no such baud rate, the pins cannot be read, or options do not go together.
    """
    if options.bitstream is None:
        for name in ("pins", "clock_mhz", "baud"):
            if getattr(options, name) is not None:
                raise InputError(f"{flag(name)} must come with --bitstream: name the file to write")
        return None
    if options.no_route:
        raise InputError("a bitstream must be routed, but --no-route is given: leave it out")
    if (options.pins is None) != (options.clock_mhz is None):
        raise InputError(
            "--pins and --clock-mhz must be given together, as both are the board's: name both, or "
            f"none for a {BOARD}"
        )
    clock = options.clock_mhz or BOARD_CLOCK_MHZ
    baud = BAUD if options.baud is None else options.baud
    if clock <= 0 or baud <= 0:
        raise InputError(f"clock and baud rate must be above 0, not {clock:g} MHz and {baud}")
    divisor = round(clock * 1e6 / baud)
    if divisor < LEAST_DIVISOR or abs(clock * 1e6 / baud / divisor - 1) > TOLERANCE:
        raise InputError(
            f"a bit must take a whole number of cycles, {LEAST_DIVISOR} or more, within "
            f"{TOLERANCE:.0%}, not {clock * 1e6 / baud:.2f} of {clock:g} MHz: choose a lower --baud"
        )
    pins = BOARD_PINS if options.pins is None else options.pins.read_text("utf-8", errors="replace")
    return Serial(clock, baud, divisor, pins)
