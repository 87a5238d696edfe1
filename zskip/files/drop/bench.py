"""Test bench, Makefile and lint waivers of a drop: files that no configuration changes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zskip.files.drop.register_header import register_header, register_macros
from zskip.hw.common import lint
from zskip.hw.common.axi_top import axi_module
from zskip.hw.common.engine import Hardware

TEMPLATES = Path(__file__).with_name("templates")
"""Folder of the files."""

BENCH = "bench/zskip_tb.v"
"""The test bench."""

BOOT = "zskip_boot.v"
"""What loads a block from a ROM, for the bitstream of an FPGA."""

DRIVER = ("zskip.h", "zskip.c", "driver_test.cpp")
"""Files of the C driver."""

WAVE = "wave_"
"""In front of the names of waveforms among the templates."""

LITEX = {"zskip_litex.py": "zskip_litex.txt", "soc.py": "litex_soc.txt", "soc_tb.v": "litex_tb.v"}
"""Files for LiteX, and their templates; Python that needs what zskip does not."""


def _waves() -> Iterator[tuple[str, bytes]]:
    """Yield the waveforms: their names among the templates, and what they are."""
    for path in sorted(TEMPLATES.glob(f"{WAVE}*")):
        yield path.name, path.read_bytes()


def bench_files(hardware: Hardware[Any]) -> dict[str, bytes]:
    """Return what simulates and lints a block with nothing but a simulator.

    Parameters
    ----------
    hardware : Hardware
        The block.

    Returns
    -------
    dict of str to bytes
        By path inside the drop.
    """
    makefile = (TEMPLATES / "Makefile").read_text()
    return {
        "Makefile": f"NAME := {hardware.top}\nTOP := {axi_module(hardware)}\n\n{makefile}".encode(),
        BENCH: (TEMPLATES / "zskip_tb.v").read_bytes(),
        "bench/registers.vh": register_macros().encode(),
        BOOT: (TEMPLATES / BOOT).read_bytes(),
        **{f"driver/{name}": (TEMPLATES / name).read_bytes() for name in DRIVER},
        **{f"litex/{name}": (TEMPLATES / of).read_bytes() for name, of in LITEX.items()},
        **{f"waves/{name.removeprefix(WAVE)}": data for name, data in _waves()},
        "driver/zskip_registers.h": register_header().encode(),
        f"{hardware.top}.vlt": lint.WAIVERS.read_bytes(),
    }
