"""The README of a folder of Verilog; oracle: the tables of the model, read back from Markdown."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

import zskip
from zskip.engines import ENGINES, block
from zskip.files.drop.order import order_json
from zskip.files.drop.readme import readme
from zskip.hw.common.ports import Port
from zskip.hw.eie.engine import ENGINE as HARDWARE
from zskip.model.common.bitfields import Field
from zskip.model.common.registers import REGISTERS
from zskip.model.common.stream import ERRORS, KINDS, LOAD_HEADER, RESULT_HEADER, ErrorCode, Kind
from zskip.model.eie.config import TINY
from zskip.model.eie.counters import CENTRAL, MEANINGS, PER_PE
from zskip.model.eie.engine import ENGINE
from zskip.model.eie.images import memories
from zskip.model.eie.network import Network
from zskip.model.eie.packets import TARGETS, TILE, TILE_WORD, Target
from zskip.model.eie.passes import PASS_WORD_0, PASS_WORD_1
from zskip.verif.common.tools import icarus_environment

PORTS = [Port("clk", "input", 1, "Clock."), Port("o", "output", 65, "Either | or.")]
VERILOG = """\
module first (input a);
  reg [7:0] storage [0:3];
  reg [7:0] plain;
endmodule
module zskip_sram #(
) (
  reg [WIDTH-1:0] memory[0:DEPTH-1];
endmodule
module second (input a);
  reg [31:0] file [0:63];
endmodule
module zskip_eie (input a);
endmodule
"""
FILES = [("a.v", "modules"), ("a.h", "header")]


def tables(text: str) -> list[list[list[str]]]:
    """Return the cells of every table, the line of heads first."""
    found = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE)
    rows = [
        [
            re.split(r" \| ", line.removeprefix("| ").removesuffix(" |"))
            for line in table.splitlines()
        ]
        for table in found
    ]
    return [[lines[0], *lines[2:]] for lines in rows]


def field_rows(layout: tuple[Field, ...]) -> list[list[str]]:
    """Return what the table of a word must say."""
    rows = []
    for field in layout:
        top = field.low + field.bits - 1
        place = str(top) if top == field.low else f"{top}:{field.low}"
        rows.append([f"`{field.name}`", place, field.meaning])
    return [["field", "bits", "meaning"], *rows]


@pytest.fixture
def text() -> str:
    """The README of an array alone."""
    return readme(ENGINE, HARDWARE, TINY, PORTS, FILES, VERILOG, None)


@pytest.mark.parametrize("layout", [LOAD_HEADER, RESULT_HEADER, PASS_WORD_0, PASS_WORD_1])
def test_words(text: str, layout: tuple[Field, ...]) -> None:
    assert field_rows(layout) in tables(text)


def test_codes(text: str) -> None:
    targets = next(table for table in tables(text) if table[0][0] == "target")
    assert all("TILE" not in cell for row in targets for cell in row)
    for target, row in zip(Target, targets[1:], strict=True):
        form = TARGETS[target]
        pe = "selects the PE" if form.per_pe else "must be 0"
        assert row == [f"`{target.name}`", str(target.value), form.word, form.unit, pe]
    errors = next(table for table in tables(text) if table[0][0] == "error")
    assert errors[1:] == [[f"`{code.name}`", str(code.value), ERRORS[code]] for code in ErrorCode]
    kinds = next(table for table in tables(text) if table[0][0] == "kind")
    assert kinds[1:] == [[f"`{kind.name}`", str(kind.value), KINDS[kind]] for kind in Kind]


def test_tiles(text: str) -> None:
    assert "## Tiles" not in text
    streamed = TINY.replace(streamed=1)
    text = readme(ENGINE, HARDWARE, streamed, PORTS, FILES, VERILOG, None)
    assert f"for target {TILE} ends it" in text
    assert field_rows(TILE_WORD) in tables(text)
    targets = next(table for table in tables(text) if table[0][0] == "target")
    meaning = "the end of a tile, below [Tiles](#tiles)"
    assert targets[-1] == ["`TILE`", str(TILE), meaning, "must be 0", "must be 0"]


def test_counters(text: str) -> None:
    central, per_pe = (table for table in tables(text) if table[0][0] == "place")
    for names, table in ((CENTRAL, central), (PER_PE, per_pe)):
        assert table[1:] == [[str(n), f"`{key}`", MEANINGS[key]] for n, key in enumerate(names)]


def test_configuration(text: str) -> None:
    table = next(table for table in tables(text) if table[0][:2] == ["field", "value"])
    assert {row[0].strip("`"): int(row[1]) for row in table[1:]} == asdict(TINY)
    assert all(row[2] for row in table[1:])


def test_ports_and_files(text: str) -> None:
    assert [["file", "content"], ["`a.v`", "modules"], ["`a.h`", "header"]] in tables(text)
    assert r"| `o` | output | 65 | Either \| or. |" in text


@pytest.mark.parametrize("parity", [0, 1])
def test_memories(parity: int) -> None:
    config = TINY.replace(parity=parity)
    text = readme(ENGINE, HARDWARE, config, PORTS, FILES, VERILOG, None)
    table = next(table for table in tables(text) if table[0][0] == "memory")
    assert [row[:4] for row in table[1:]] == [
        [f"`{memory.name}`", str(memory.bits + parity), str(parity), str(memory.depth)]
        for memory in memories(config)
    ]


def simulated_srams(verilog: str, top: str, folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return WIDTH, DEPTH and LANES of each SRAM by path below the top, as Icarus finds them."""
    report = '  initial $display("%m %0d %0d %0d", WIDTH, DEPTH, LANES);\n'
    head, module, rest = verilog.partition("module zskip_sram #(")
    text = head + module + rest.replace("endmodule", f"{report}endmodule", 1)
    (folder / "block.v").write_text(text)
    command = ["iverilog", "-g2012", "-s", top, "-o", "block", "block.v"]
    environment = os.environ | icarus_environment()
    subprocess.run(command, check=True, cwd=folder, env=environment)
    run = subprocess.run(
        ["vvp", "-n", "block"],
        capture_output=True,
        check=True,
        cwd=folder,
        env=environment,
        text=True,
    )
    lines = [line.split() for line in run.stdout.splitlines() if line.startswith(f"{top}.")]
    return {
        path.removeprefix(f"{top}."): (int(width), int(depth), int(lanes))
        for path, width, depth, lanes in lines
    }


def expanded(path: str) -> list[str]:
    """Return the paths that a path with ``{first..last}`` stands for."""
    found = re.search(r"\{(\d+)\.\.(\d+)\}", path)
    if not found:
        return [path]
    before, behind = path[: found.start()], path[found.end() :]
    return [f"{before}{number}{behind}" for number in range(int(found[1]), int(found[2]) + 1)]


SRAMS = [
    (name, changes)
    for name in ENGINES
    for changes in ({"parity": 1}, {"parity": 1, "streamed": 1}, {"double_input": 1})
]


@pytest.mark.parametrize(
    ("name", "changes"),
    SRAMS,
    ids=[f"{name}-{'-'.join(changes)}" for name, changes in SRAMS],
)
def test_every_sram_of_the_verilog(name: str, changes: dict[str, int], tmp_path: Path) -> None:
    unit, config = block(name), zskip.config("tiny", engine=name, **changes)
    verilog = unit.hardware.verilog(config)
    text = readme(unit.engine, unit.hardware, config, PORTS, FILES, verilog, None)
    table = next(table for table in tables(text) if table[0][0] == "instance")
    listed = {}
    for cell, width, parity, depth, lanes, number in table[1:]:
        paths = expanded(cell.strip("`"))
        assert len(paths) == int(number)
        assert int(parity) == int(lanes) * config.parity
        listed |= {path: (int(width), int(depth), int(lanes)) for path in paths}
    assert sum(int(row[-1]) for row in table[1:]) == len(listed)
    assert listed == simulated_srams(verilog, unit.hardware.top, tmp_path)
    for memory in unit.engine.memories(config):
        path = unit.hardware.instance(memory.name, 0 if memory.per_pe else None)
        assert listed[path][:2] == (memory.stored_bits, memory.depth)


def test_arrays_that_are_no_sram(text: str) -> None:
    table = next(table for table in tables(text) if table[0][0] == "module")
    assert table[1:] == [["first", "`storage`", "8", "4"], ["second", "`file`", "32", "64"]]


def test_registers(text: str) -> None:
    table = next(table for table in tables(text) if table[0][0] == "address")
    found = {row[1].strip("`"): row for row in table[1:]}
    for register in REGISTERS:
        assert found[register.name][0] == f"0x{register.offset:03x}"
        for field in register.fields:
            assert found[f".{field.name}"][1] == f"`.{field.name}`"
    assert found["ID"][3].endswith("0x706b737a")


def test_the_guide_names_files_of_the_drop(text: str) -> None:
    assert "@" not in text
    assert "`zskip_eie_axi.core`" in text


def test_network(text: str, make_network: Callable[..., Network]) -> None:
    network = make_network(TINY, (6, 5, 3))
    with_network = readme(ENGINE, HARDWARE, TINY, PORTS, FILES, VERILOG, network)
    assert with_network.startswith(text)
    assert tables(with_network)[-1][1:] == [
        ["0", "fc1", "6", "5", "yes", "8", "12", "8", "12"],
        ["1", "fc2", "5", "3", "no", "8", "12", "8", "12"],
    ]
    assert "`floor(x * 0.5 * 2**8 + 0.5)`" in with_network


def test_order_of_inputs_and_outputs(make_network: Callable[..., Network]) -> None:
    network = make_network(TINY, (6, 5, 3), unused=4)
    text = readme(ENGINE, HARDWARE, TINY, PORTS, FILES, VERILOG, network)
    assert "takes 6 of the 10 inputs, those that are used, and gives all 3 outputs" in text
    assert json.loads(order_json(network)) == {
        "inputs": network.gather.tolist(),
        "outputs": network.layers[-1].rows.tolist(),
    }
