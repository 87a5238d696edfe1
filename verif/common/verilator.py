"""Verilator as cocotb runs it, made quick to compile and to simulate."""

import re

from cocotb_tools.runner import Verilator

from zskip.verif.common.cache import Cache

KEPT = {"", ".v"}
"""Suffixes of the files of a build that stay: the program and its Verilog."""

HEADERS = "headers.h"
"""Name of the file that includes the headers of the run-time library."""

COMPILED_HEADERS = f"{HEADERS}.fast.gch"
"""What Verilator's makefile makes of it; compilers look for it in place of the rest of its name."""


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
    """

    def __init__(self, cache: Cache, library: str) -> None:
        super().__init__()
        self._cache = cache
        self._library = library

    def _build_command(self) -> list[list[str]]:
        verilate, make = super()._build_command()
        public = verilate.index("--public-flat-rw")
        del verilate[public]
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
        return [verilate, *prepare, [*make, flags]]

    def _write_headers(self) -> str:
        """Write what is compiled once, and return the name by which it is found compiled or not."""
        uncompiled = COMPILED_HEADERS.removesuffix(".gch")
        for name in (HEADERS, uncompiled):
            text = '#include "verilated.h"\n#include "verilated_vpi.h"\n'
            (self.build_dir / name).write_text(text)
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
            if path.suffix not in KEPT:
                path.unlink()


def public_ports(verilog: str, top: str) -> str:
    """Return a Verilator configuration that shows cocotb the ports of the top, and no more.

    Whatever cocotb could write must be evaluated again after each of its steps, so every wire of
    the top that stays hidden makes the simulation faster.

    Parameters
    ----------
    verilog : str
        Text of the design.
    top : str
        Verilog module at the top.

    Returns
    -------
    str
    """
    header = verilog.partition(f"\nmodule {top} (\n")[2].partition("\n);")[0]
    ports = re.findall(r"^ +(input|output)\b.*?(\w+),?$", header, re.MULTILINE)
    access = {"input": "public_flat_rw", "output": "public_flat_rd"}
    lines = [f'{access[way]} -module "{top}" -var "{name}"\n' for way, name in ports]
    return "`verilator_config\n" + "".join(lines)
