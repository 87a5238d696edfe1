"""Verilator as cocotb runs it, made quick to compile and to simulate."""

import re
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cocotb_tools.runner import Verilator

from zskip.hw.common.verilog import instances
from zskip.verif.common.cache import Cache

KEPT = {"", ".v"}
"""Suffixes of the files of a build that stay: the program and its Verilog."""

HEADERS = "headers.h"
"""Name of the file that includes the headers of the run-time library."""

COMPILED_HEADERS = f"{HEADERS}.fast.gch"
"""What Verilator's makefile makes of it; compilers look for it in place of the rest of its name."""

ONE_FILE = 100_000
"""Size up to which a design becomes one file, in Verilator's measure: several files compile side by
side, but each of them needs the headers."""

LARGE = 40_000
"""Characters of Verilog in a block that is worth compiling by itself."""


class QuickVerilator(Verilator):
    """Verilator with only the top's ports visible, which runs several times as fast.

    Verilator's run-time library and its headers are the same for every design and take most of the
    time that a small one needs to compile, so they are compiled once and kept.

    Parameters
    ----------
    cache : Cache
        Where the compiled run-time library is, or will be.
    library : str
        Its name there.
    hierarchical : bool
        Whether the configuration of the design names blocks that are compiled by themselves.
    """

    def __init__(self, cache: Cache, library: str, hierarchical: bool = False) -> None:
        super().__init__()
        self._cache = cache
        self._library = library
        self._hierarchical = hierarchical

    def _build_command(self) -> list[list[str]]:
        verilate, make = super()._build_command()
        public = verilate.index("--public-flat-rw")
        del verilate[public]
        verilate += ["--output-split", str(ONE_FILE)]
        library = self._cache.find(self._library)
        if library is None:
            prepare = [[*make, "VM_PARALLEL_BUILDS=1", COMPILED_HEADERS]]
        else:
            objects = sorted(map(str, library.glob("*.o")))
            link = ["ln", "-s", str(library / COMPILED_HEADERS), str(self.build_dir)]
            # Copied after the makefile is written, they are newer than all they depend on.
            prepare = [["cp", *objects, str(self.build_dir)], link]
        headers = self._write_headers()
        # A design of many files has the headers of its own compiled, and there can be only one.
        flags = f"USER_CPPFLAGS=$(if $(filter 0,$(VM_PARALLEL_BUILDS)),-include {headers})"
        compilation = [*make, flags]
        if self._hierarchical:
            verilate.append("--hierarchical")
            compilation[compilation.index("Vtop.mk")] = "Vtop_hier.mk"
            compilation.append("hier_build")
        return [verilate, *prepare, compilation]

    def _write_headers(self) -> Path:
        """Write what is compiled once, and return the path by which it is found compiled or not."""
        uncompiled = self.build_dir / COMPILED_HEADERS.removesuffix(".gch")
        for path in (self.build_dir / HEADERS, uncompiled):
            path.write_text('#include "verilated.h"\n#include "verilated_vpi.h"\n')
        return uncompiled

    def finish(self) -> None:
        """Keep the run-time library, if none is kept yet, and delete what a run does not need."""
        if self._cache.find(self._library) is None:
            library = self.build_dir / "library"
            library.mkdir()
            for path in (*self.build_dir.glob("verilated*.o"), self.build_dir / COMPILED_HEADERS):
                path.rename(library / path.name)
            self._cache.keep(library, self._library)
        for path in self.build_dir.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.suffix not in KEPT:
                path.unlink()


def large_instances(verilog: str) -> dict[str, str]:
    """Return the instances of modules that a design has several times and that are large.

    Verilator compiles a module anew for each of its instances, unless it is a block of its own.

    Parameters
    ----------
    verilog : str
        Text of the design; the names of the modules inside another begin with its name.

    Returns
    -------
    dict of str
        Modules by instance, such as those of the PEs.
    """
    modules = re.findall(r"^(module (\w+) \(.*?^endmodule)", verilog, re.MULTILINE | re.DOTALL)
    placed = instances(verilog)
    counts = Counter(module for module, _ in placed)
    sizes = {
        block: sum(len(text) for text, name in modules if f"{name}_".startswith(f"{block}_"))
        for _, block in modules
        if counts[block] > 1
    }
    return {name: block for block, name in placed if sizes.get(block, 0) >= LARGE}


def verilator_settings(verilog: str, top: str, blocks: Sequence[str]) -> str:
    """Return a configuration of Verilator: what cocotb sees, and what is compiled by itself.

    Whatever cocotb could write must be evaluated again after each of its steps, so every wire of
    the top that stays hidden makes the simulation faster.

    Parameters
    ----------
    verilog : str
        Text of the design.
    top : str
        Verilog module at the top.
    blocks : sequence of str
        Modules that are compiled by themselves.

    Returns
    -------
    str
    """
    header = verilog.partition(f"\nmodule {top} (\n")[2].partition("\n);")[0]
    ports = re.findall(r"^ +(input|output)\b.*?(\w+),?$", header, re.MULTILINE)
    access = {"input": "public_flat_rw", "output": "public_flat_rd"}
    lines = [f'{access[way]} -module "{top}" -var "{name}"\n' for way, name in ports]
    lines += [f'hier_block -module "{block}"\n' for block in blocks]
    return "`verilator_config\n" + "".join(lines)
