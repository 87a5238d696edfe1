"""Whether a design fits; oracles: block RAMs counted by hand, units made up for the test."""

import pytest

from zskip.flow.choices import config
from zskip.model.common.errors import InputError
from zskip.synth.design import Design
from zskip.synth.fpga.ecp5 import PARTS
from zskip.synth.fpga.fit import block_rams, check_memories, check_resources
from zskip.synth.result import Unit


def test_block_rams() -> None:
    # Of each PE: 512 x 64 take two blocks of 36 bits, 512 x 13 twice one of 18 bits, 128 x 32 one;
    # activations, 32 x 64 in four lanes, are LUT RAM. Program: 64 bits take two blocks.
    assert block_rams(config("tiny")) == 4 * (2 + 2 + 1) + 2


def design(**changes: int) -> Design:
    return Design(config=config("tiny").replace(**changes))


def units(lut: float, each: float, pes: int) -> list[Unit]:
    """A design of some LUTs, so many of them in each PE."""
    rest = {"FF": 100.0, "block RAM": 1.0, "DSP": 1.0}
    none = dict.fromkeys(rest, 0.0)
    return [
        Unit(name="top", depth=0, count=1, figures={"LUT": lut, **rest}),
        Unit(name="pe", depth=1, count=pes, figures={"LUT": each * pes, **none}),
    ]


@pytest.mark.parametrize(
    ("name", "part", "line"),
    [
        (
            "paper",
            "85k",
            "the memories must fit the 208 block RAMs of part 85k, but take 6338: "
            "--config paper --pes 2 would fit, or choose a larger part",
        ),
        (
            "paper",
            "25k",
            "the memories must fit the 56 block RAMs of part 25k, but take 6338: "
            "--config tiny --pes 4 would fit, or choose a larger part",
        ),
    ],
)
def test_memories_that_do_not_fit(name: str, part: str, line: str) -> None:
    with pytest.raises(InputError) as refused:
        check_memories(Design(config=config(name)), part, PARTS[part].resources)
    assert str(refused.value) == line


def test_logic_that_does_not_fit() -> None:
    has = PARTS["25k"].resources
    with pytest.raises(InputError) as refused:
        check_resources(design(pe_count=16), units(41_000, 2_500, 16), "25k", has)
    # 1,000 LUTs and 2,500 for each PE, and a tenth for placement: 23,100 with 8 PEs.
    assert str(refused.value) == (
        "the design must fit part 25k, which has 24,288 LUT, not 45,100 with a tenth for "
        "placement: --config tiny --pes 8 would fit, or choose a larger part"
    )


def test_no_array_fits() -> None:
    with pytest.raises(
        InputError,
        match=r"which has 24,288 LUT, not 55,000 with a tenth for placement: choose a larger part",
    ):
        check_resources(design(pe_count=2), units(50_000, 1, 2), "25k", PARTS["25k"].resources)


def test_what_fits_passes() -> None:
    check_memories(design(), "25k", PARTS["25k"].resources)
    check_resources(design(), units(11_000, 2_400, 4), "25k", PARTS["25k"].resources)
