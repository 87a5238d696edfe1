"""Switching activity; oracle: waveforms counted by hand."""

from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.synth.asic.activity import read_activity

HEAD = """$timescale 1ns $end
$scope module top $end
$var wire 1 ! clk $end
$var wire 1 " busy $end
$var reg 4 # count [3:0] $end
$var parameter 8 $ WIDTH $end
$scope module inner $end
$var wire 1 ! clk $end
$var wire 4 # same [3:0] $end
$upscope $end
$upscope $end
$enddefinitions $end
"""

CHANGES = """#0
$dumpvars
0!
x"
bx #
b1000 $
$end
#1
1!
0"
b0 #
#2
0!
#3
1!
1"
b11 #
#4
0!
#5
1!
b100 #
#6
0!
#7
1!
b1x #
"""
"""4 cycles, 5 bits: `busy` toggles once, `count` in 2 bits, then in 3, then from 1 to 0 and x."""


def waveform(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dump.vcd"
    path.write_text(text, encoding="ascii")
    return path


def test_toggles_are_counted(tmp_path: Path) -> None:
    # 0100 to 001x: bits 2 and 1 toggle, bit 0 becomes unknown.
    assert read_activity(waveform(tmp_path, HEAD + CHANGES)) == (1 + 2 + 3 + 2) / (5 * 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has 0 wires and 0 cycles"),
        (HEAD, "has 2 wires and 0 cycles"),
        ("FST", "has 0 wires and 0 cycles"),
    ],
)
def test_bad_waveforms(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_activity(waveform(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_no_such_waveform(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a waveform that can be read"):
        read_activity(tmp_path / "none.vcd")
