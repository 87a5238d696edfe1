"""Memory cells that SRAMs become; oracles: cells counted by hand, and Yosys itself."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from zskip.hw.common.sram import MODULE, VERILOG
from zskip.synth.formulas.rams import ECP5_RAMS, XILINX_RAMS, RamRule
from zskip.synth.tools import Program


@pytest.mark.parametrize(
    ("depth", "bits", "lanes", "blocks", "luts"),
    [
        # Two of 36 bits; four of 18 bits, as words are 1,024; 64 of a bit.
        (512, 64, 1, 2, 0),
        (1024, 64, 1, 4, 0),
        (16384, 64, 1, 64, 0),
        # Three follow each other; the last bits of all three, a byte of each, share one.
        (1025, 40, 1, 4, 0),
        # 16 cells of 16 x 4 are as much as two block RAMs, 24 are more.
        (32, 64, 4, 0, 128),
        (33, 64, 4, 2, 0),
        # Lanes of 16 bits take two bytes of 9 bits each.
        (2048, 128, 8, 16, 0),
    ],
)
def test_ecp5(depth: int, bits: int, lanes: int, blocks: float, luts: float) -> None:
    found = ECP5_RAMS.sram(depth, bits, lanes)
    assert (found.blocks, found.luts) == (blocks, luts)


@pytest.mark.parametrize(
    ("depth", "bits", "blocks", "luts"),
    [
        (512, 32, 0.5, 0),
        (513, 32, 1, 0),
        (512, 64, 1, 0),
        (16384, 64, 32, 0),
        (64, 64, 0, 64),
        (128, 16, 0, 32),
    ],
)
def test_xilinx(depth: int, bits: int, blocks: float, luts: float) -> None:
    found = XILINX_RAMS.sram(depth, bits)
    assert (found.blocks, found.luts) == (blocks, luts)


def test_files() -> None:
    # 8 words of 22 bits in six cells of 16 x 4, each of which takes four LUTs.
    assert ECP5_RAMS.file(8, 22).luts == 24
    assert ECP5_RAMS.file(64, 32).luts == 128


BITS = (8, 9, 15, 24, 32, 40, 63, 64)
DEPTHS = (4, 17, 65, 200, 257, 513, 1025, 3000, 16384)

FAMILIES = {
    "lattice": (ECP5_RAMS, "lutrams_trellis.txt", "brams_16kd.txt", ()),
    "xilinx": (
        XILINX_RAMS,
        "lutrams_xc5v.txt",
        "brams_xc4v.txt",
        ("SIZE_36", "CASCADE", "CONFLICT_BUG", "MIXWIDTH_SDP"),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_yosys_maps_memories_so(yosys: Program, tmp_path: Path, family: str) -> None:
    rule, luts, blocks, has = FAMILIES[family]
    sizes = [(bits, depth, 1) for bits in BITS for depth in DEPTHS]
    sizes += [(bits, depth, bits // 16) for bits in (32, 64) for depth in DEPTHS]
    text = "".join(_module(*size) for size in sizes)
    (tmp_path / "rams.v").write_text(text, encoding="utf-8")
    libraries = f"-lib +/{family}/{luts} -lib +/{family}/{blocks}"
    given = " ".join(f"-D HAS_{name}" for name in has)
    steps = f"proc; opt; memory -nomap; memory_libmap {libraries} {given}; write_json rams.json"
    yosys.run(tmp_path, "-q", "-p", f"read_verilog rams.v; {steps}")
    modules = json.loads((tmp_path / "rams.json").read_text(encoding="utf-8"))["modules"]
    wrong = [size for size in sizes if _blocks(modules[_name(*size)]) != _ruled(rule, *size)]
    assert wrong == []


def _ruled(rule: RamRule, bits: int, depth: int, lanes: int) -> float:
    return rule.sram(depth, bits, lanes).blocks


def _name(bits: int, depth: int, lanes: int) -> str:
    return f"{MODULE}_{bits}_{depth}_{lanes}"


def _module(bits: int, depth: int, lanes: int) -> str:
    """The module of an SRAM with its parameters put in."""
    text = VERILOG.read_text(encoding="utf-8")
    body = re.sub(r"`ifdef ZSKIP_IMAGES.*?`endif", "", text, flags=re.DOTALL)
    values = {
        "WIDTH": bits,
        "DEPTH": depth,
        "LANES": lanes,
        "ADDRESS_BITS": (depth - 1).bit_length(),
    }
    for name, value in values.items():
        body = re.sub(rf"parameter {name} = \d+", f"parameter {name} = {value}", body)
    body = body.replace(f"module {MODULE}", f"module {_name(bits, depth, lanes)}")
    return re.sub(r"^`.*$", "", body, flags=re.MULTILINE)


def _blocks(module: dict[str, Any]) -> float:
    """Count the block RAMs of a module; half of one has the mode HALF."""
    cells = Counter(
        "HALF" in cell["parameters"].get("OPTION_MODE", "")
        for cell in module["cells"].values()
        if re.search("BLOCKRAM|16KD", cell["type"])
    )
    return cells[False] + cells[True] / 2
