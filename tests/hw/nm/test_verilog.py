"""Verilog of whole N:M arrays; oracle: the configuration."""

import re

import pytest

from zskip.hw.nm.engine import ENGINE
from zskip.hw.nm.verilog import array_verilog
from zskip.model.nm.config import NAMED, Config
from zskip.model.nm.images import memories


@pytest.mark.parametrize("config", NAMED.values(), ids=NAMED)
def test_a_row_is_there_once_and_instantiated_often(config: Config) -> None:
    verilog = ENGINE.verilog(config)
    assert len(re.findall(r"^module zskip_nm_row \(", verilog, re.M)) == 1
    assert len(re.findall(r"^  zskip_nm_row row_\d+ \(", verilog, re.M)) == config.pe_count
    assert len(re.findall(r"^    product_\d+ = ", verilog, re.M)) == config.slots
    assert (" selector (" in verilog) == (not config.dense)


@pytest.mark.parametrize("name", ["tiny", "nm_2_4_codebook", "dense"])
def test_the_same_bytes_again(name: str) -> None:
    assert array_verilog(NAMED[name]) == array_verilog(NAMED[name])


def test_from_16_to_1024_multipliers() -> None:
    assert NAMED["nm_2_4_large"].multipliers == 1024
    small = NAMED["tiny"].replace(groups=4)
    assert small.multipliers == 16
    assert ENGINE.verilog(small)


@pytest.mark.parametrize("groups", [1, 8, 16])
def test_every_memory_has_an_instance_of_its_width(groups: int) -> None:
    config = NAMED["nm_2_4"].replace(groups=groups)
    verilog = ENGINE.verilog(config)
    for memory in memories(config):
        path = ENGINE.instance(memory.name, 0 if memory.per_pe else None)
        sizes = rf"#\(.WIDTH\({memory.bits}\), .DEPTH\({memory.depth}\)"
        assert re.search(rf"zskip_sram {sizes}.*\) {path.rpartition('.')[2]} \(", verilog), path
