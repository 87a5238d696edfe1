"""Files for systems; oracles: the table of the registers, and the compilers of these languages."""

import itertools
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from zskip.files.drop.axi_ports import axi_ports
from zskip.files.drop.integration import integration_files
from zskip.files.drop.ip_xact import SPIRIT
from zskip.files.drop.register_header import register_header, register_macros
from zskip.hw.common.axi_top import AxiTop
from zskip.hw.common.verilog import convert
from zskip.model.common.identity import constants
from zskip.model.common.register import REGISTER_BITS
from zskip.model.common.registers import BY_NAME, REGISTERS
from zskip.model.common.stream import ErrorCode
from zskip.model.eie.config import TINY

TOP = "zskip_eie_axi"


@pytest.fixture
def files() -> dict[str, bytes]:
    """The files of a block."""
    return integration_files("zskip_eie", TOP, TINY, axi_ports())


def words() -> dict[int, int]:
    """Reset value of every word of the map, by address."""
    values = constants(TINY)
    found = {}
    for register in REGISTERS:
        given = values.get(register.name, (0,))
        count = register.words if register.count == 1 else len(given)
        for number, value in zip(range(count), [*given, 0], strict=False):
            found[register.offset + 4 * number] = value
    return found


def test_every_port_has_a_meaning() -> None:
    assert all(port.meaning for port in axi_ports())


def test_ports_are_those_of_the_verilog() -> None:
    text = convert(AxiTop("zskip_shell"), TOP)
    found = re.findall(
        r"^  (input|output) (?:wire|reg)? *(?:\[(\d+):0\])? *(\w+)", text, re.MULTILINE
    )
    given = {name: (direction, int(top or 0) + 1) for direction, top, name in found}
    assert given == {port.name: (port.direction, port.bits) for port in axi_ports()}


def test_ip_xact_has_the_registers(files: dict[str, bytes]) -> None:
    root = Xml.fromstring(files["component.xml"])

    def text(element: Xml.Element, name: str) -> str:
        found = element.find(f"{{{SPIRIT}}}{name}")
        assert found is not None
        return found.text or ""

    found = {}
    for register in root.iter(f"{{{SPIRIT}}}register"):
        reset = register.find(f"{{{SPIRIT}}}reset")
        assert reset is not None
        found[int(text(register, "addressOffset"), 0)] = int(text(reset, "value"), 0)
        known = BY_NAME.get(text(register, "name"))
        fields = {
            text(field, "name"): (int(text(field, "bitOffset")), int(text(field, "bitWidth")))
            for field in register.findall(f"{{{SPIRIT}}}field")
        }
        if known is not None and known.fields:
            assert fields == {field.name: (field.low, field.bits) for field in known.fields}
        else:
            assert fields == {"value": (0, REGISTER_BITS)}
    assert found == words()


def test_ip_xact_has_the_ports(files: dict[str, bytes]) -> None:
    root = Xml.fromstring(files["component.xml"])
    ports = [port.findtext(f"{{{SPIRIT}}}name") for port in root.iter(f"{{{SPIRIT}}}port")]
    mapped = [port.findtext(f"{{{SPIRIT}}}name") for port in root.iter(f"{{{SPIRIT}}}physicalPort")]
    assert ports == [port.name for port in axi_ports()]
    assert sorted(filter(None, mapped)) == sorted(filter(None, ports))


def test_the_compiler_of_system_rdl_takes_the_map(files: dict[str, bytes], tmp_path: Path) -> None:
    systemrdl = pytest.importorskip("systemrdl")
    (tmp_path / "map.rdl").write_bytes(files[f"{TOP}.rdl"])
    compiler = systemrdl.RDLCompiler()
    compiler.compile_file(str(tmp_path / "map.rdl"))
    found = {}
    for register in compiler.elaborate().top.registers():
        value = sum(field.get_property("reset") << field.low for field in register.fields())
        for number in range(register.get_property("regwidth") // REGISTER_BITS):
            found[register.absolute_address + 4 * number] = value >> REGISTER_BITS * number
        known = BY_NAME.get(register.inst_name)
        if known is not None and known.fields:
            fields = {(field.inst_name, field.low, field.width) for field in register.fields()}
            assert fields == {(field.name, field.low, field.bits) for field in known.fields}
    assert found == words()


def test_the_importer_of_ip_xact_takes_the_component(
    files: dict[str, bytes], tmp_path: Path
) -> None:
    peakrdl = pytest.importorskip("peakrdl_ipxact")
    systemrdl = pytest.importorskip("systemrdl")
    (tmp_path / "component.xml").write_bytes(files["component.xml"])
    compiler = systemrdl.RDLCompiler()
    peakrdl.IPXACTImporter(compiler).import_file(str(tmp_path / "component.xml"))
    top = compiler.elaborate().top
    found = {
        node.absolute_address
        for node in itertools.chain(top.registers(), *(part.registers() for part in top.children()))
    }
    assert found == set(words())


def test_headers_have_the_table(tmp_path: Path) -> None:
    """As a C compiler sees it."""
    expected = {register.name: register.offset for register in REGISTERS}
    for register in REGISTERS:
        for field in register.fields:
            expected[f"{register.name}_{field.name.upper()}_LOW"] = field.low
            expected[f"{register.name}_{field.name.upper()}_BITS"] = field.bits
    expected |= {f"CODE_{code.name}": code.value for code in ErrorCode}
    (tmp_path / "zskip_registers.h").write_text(register_header())
    prints = [f'printf("{name} %u\\n", ZSKIP_{name});' for name in expected]
    lines = ['#include "zskip_registers.h"', "#include <stdio.h>", "int main(void) {", *prints]
    (tmp_path / "main.c").write_text("\n".join([*lines, "return 0; }", ""]))
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic"]
    compiler = shutil.which("cc") or "gcc"
    subprocess.run([compiler, *flags, "main.c", "-o", "main"], check=True, cwd=tmp_path)
    run = subprocess.run([tmp_path / "main"], check=True, capture_output=True, text=True)
    printed = dict(line.split() for line in run.stdout.splitlines())
    assert {name: int(value) for name, value in printed.items()} == expected
    macros = dict(re.findall(r"^`define ZSKIP_(\w+) (\d+)$", register_macros(), re.MULTILINE))
    assert expected.items() <= {name: int(value) for name, value in macros.items()}.items()


def test_the_instance_and_the_constraints_name_every_port(files: dict[str, bytes]) -> None:
    instance = files[f"{TOP}_instance.v"].decode()
    constraints = files[f"{TOP}.sdc"].decode()
    assert files[f"{TOP}.xdc"] == files[f"{TOP}.sdc"]
    for port in axi_ports():
        assert f".{port.name}({port.name})" in instance
        assert re.search(rf"get_ports {{?{port.name}\b", constraints)
