"""Structures of arrays; oracle: the SRAMs in the Verilog."""

import pytest

from zskip.engines import engine_of
from zskip.flow.choices import config
from zskip.model.common.config import EngineConfig
from zskip.model.eie.config import TINY
from zskip.synth.asic.srams import INSTANCE
from zskip.synth.design import Design

ARRAYS = [
    TINY,
    TINY.replace(pe_count=1, grouped_pointers=1),
    TINY.replace(pe_count=1, lanes=2, accumulator_banks=8),
    config("tiny", engine="nm"),
    config("nm_2_4_large", engine="nm", pe_count=2),
    config("tiny", engine="bitlet"),
    config("tiny", engine="bitlet", segments=3, load_pairs=8),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda array: f"{array.ENGINE} {array.size}")
def test_every_sram_is_listed(array: EngineConfig) -> None:
    # The Verilog gives width, depth and lanes.
    found = {
        (int(depth), int(width), int(lanes))
        for width, depth, lanes, _ in INSTANCE.findall(Design(config=array).verilog())
    }
    listed = engine_of(array).structure(array).srams
    assert {(one.depth, one.bits, one.lanes) for one in listed} == found
