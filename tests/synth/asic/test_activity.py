"""Switching activity; oracle: waveforms counted by hand."""

from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.synth.asic.activity import Activity, read_activity

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
    found = read_activity(waveform(tmp_path, HEAD + CHANGES), "top")
    assert found.mean == (1 + 2 + 3 + 2) / (5 * 4)
    # The unit inside has the count alone.
    assert found.units == {(): found.mean, ("inner",): (2 + 3 + 2) / (4 * 4)}
    assert read_activity(waveform(tmp_path, HEAD + CHANGES), "other") == Activity(found.mean)


def test_a_unit_that_is_not_known_has_the_activity_around_it() -> None:
    known = Activity(0.5, {("pe",): 0.25})
    assert (known.of(("pe", "queue")), known.of(("ccu",)), known.of(())) == (0.25, 0.5, 0.5)


def test_instances_are_one_unit(tmp_path: Path) -> None:
    head = HEAD.replace("module inner", "module inner_0_1")
    assert ("inner",) in read_activity(waveform(tmp_path, head + CHANGES), "top").units


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
        read_activity(waveform(tmp_path, text), "top")
    assert "\n" not in str(caught.value)


def test_no_such_waveform(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a waveform that can be read"):
        read_activity(tmp_path / "none.vcd", "top")
