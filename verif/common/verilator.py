"""Verilator as cocotb runs it, made quick to compile and to simulate."""

import re
import shutil
import tempfile
from pathlib import Path

from cocotb_tools.runner import Verilator

INTERMEDIATE = {".a", ".gch", ".o"}
"""Suffixes of the files that are compiled on the way to the program."""


class QuickVerilator(Verilator):
    """Verilator with only the top's ports visible, which runs several times as fast.

    Verilator's run-time library is the same for every design and takes most of the time that a
    small one needs to compile, so it is compiled once and kept.

    Parameters
    ----------
    library : pathlib.Path
        Folder of the compiled run-time library; need not exist.
    """

    def __init__(self, library: Path) -> None:
        super().__init__()
        self._library = library

    def _build_command(self) -> list[list[str]]:
        verilate, make = super()._build_command()
        public = verilate.index("--public-flat-rw")
        del verilate[public]
        objects = sorted(map(str, self._library.glob("*.o")))
        # Copied after the makefile is written, they are newer than all they depend on.
        copy = [["cp", *objects, str(self.build_dir)]] if objects else []
        return [verilate, *copy, make]

    def finish(self) -> None:
        """Keep the run-time library, if none is kept yet, and delete what a run does not need."""
        if not self._library.exists():
            self._keep_library()
        for path in self.build_dir.iterdir():
            if path.suffix in INTERMEDIATE:
                path.unlink()

    def _keep_library(self) -> None:
        self._library.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._library.parent, prefix="building-") as temporary:
            place = Path(temporary) / "library"
            place.mkdir()
            for path in self.build_dir.glob("verilated*.o"):
                shutil.copy(path, place)
            publish(place, self._library)


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


def publish(place: Path, folder: Path) -> None:
    """Move a finished folder to its name, unless another process was faster.

    Parameters
    ----------
    place : pathlib.Path
        The finished folder.
    folder : pathlib.Path
        Its name, on the same file system.
    """
    try:
        place.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        shutil.rmtree(place)
