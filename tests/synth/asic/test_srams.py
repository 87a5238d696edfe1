"""SRAMs as black boxes; oracle: the memories that the golden model lists."""

import re

import pytest

from zskip.engines import ENGINES, engine, hardware
from zskip.hw.common.sram import MODULE
from zskip.model.common.sram_table import read_srams
from zskip.synth.asic.srams import Size, black_boxes, liberty

NAMES = [name for name in ENGINES if "tiny" in engine(name).configs]


@pytest.mark.parametrize("name", NAMES)
def test_every_memory_is_a_black_box(name: str) -> None:
    config = engine(name).configs["tiny"]
    verilog, sizes = black_boxes(hardware(name).verilog(config))
    known = {(size.depth, size.width) for size in sizes.values()}
    assert {(memory.depth, memory.bits) for memory in engine(name).memories(config)} <= known
    # Neither the module with contents nor an instance of it is left.
    assert not re.search(rf"\b{MODULE}\b", re.sub(r"//.*", "", verilog))
    for module in sizes:
        assert len(re.findall(rf"\bmodule {module} ", verilog)) == 1
        assert len(re.findall(rf"^  {module} \w+ \(", verilog, re.MULTILINE)) >= 1


@pytest.mark.parametrize("instant", [False, True])
def test_cells_have_area_and_time(instant: bool) -> None:
    size = Size(width=64, depth=512, lanes=4, address_bits=9)
    cost = read_srams().cost(512, 64)
    text = liberty({size: cost}, instant=instant)
    assert text.count("{") == text.count("}")
    assert f"cell ({MODULE}_512x64x4) {{ area : {cost.area_um2:.6g};" in text
    delay = 0 if instant else cost.access_ns
    assert f'cell_rise (scalar) {{ values ("{delay:.4f}"); }}' in text
    assert "bus (we) { bus_type : bus4; direction : input;" in text
    assert "type (bus4) { base_type : array; data_type : bit; bit_width : 4; bit_from : 3;" in text
