"""nextpnr: from a netlist to a placed and routed ECP5."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from zskip.synth.tools import ecppack, nextpnr_ecp5

REPORT = "report.json"
ROUTED = "routed.config"
BITSTREAM = "design.bit"
"""Files in the folder of a synthesis."""

GOAL_MHZ = 100
"""Frequency that nextpnr works towards; it does its best whether that is reached or not."""

TIMING_WEIGHT = 80
"""Weight of timing against the length of wires in placement; nextpnr's own is 10.

With six seeds four PEs of `tiny` reached 94 to 107 MHz at 10, 101 to 110 at 40, and 103 to 111
at 80.
"""

SEED = 1
"""Where placement starts if no other seed is given; the same one gives the same result."""

SEEDS = range(1 << 31)
"""Seeds that nextpnr takes."""

ROUTER1_LUTS = 20_000
"""LUTs up to which router1 is taken; with twice as many it had not ended after half an hour."""


class Chip(NamedTuple):
    """An ECP5.

    Parameters
    ----------
    part : str
        The part, such as ``85k``.
    package : str
        Its package.
    speed : str
        Its speed grade.
    """

    part: str
    package: str
    speed: str


class Routed(NamedTuple):
    """A placed and routed design.

    Parameters
    ----------
    fmax_mhz : float
        Highest frequency of the clock.
    critical_path : tuple of str
        Cells that its longest path goes through, the first and the last registers.
    used, available : dict of str to int
        Places of each kind, by nextpnr's name, such as ``TRELLIS_COMB`` for LUTs.
    """

    fmax_mhz: float
    critical_path: tuple[str, ...]
    used: dict[str, int]
    available: dict[str, int]


def route(
    folder: Path, netlist: Path, chip: Chip, *options: str, luts: float, seed: int = SEED
) -> Routed:
    """Place and route a netlist on an ECP5.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files go: `ROUTED` is what a bitstream is made from.
    netlist : pathlib.Path
        JSON of Yosys, in the folder.
    chip : Chip
        Where to place it.
    *options : str
        Further options of nextpnr.
    luts : float
        LUTs that the netlist has.
    seed : int, optional
        Where placement starts.

    Returns
    -------
    Routed

    Raises
    ------
    InputError
        There is no nextpnr.
    RunFailure
        nextpnr failed.
    """
    # router2 ends sooner, but makes detours that cost up to a fifth of the clock.
    router = "router1" if luts <= ROUTER1_LUTS else "router2"
    nextpnr_ecp5().run(
        folder,
        *("--quiet", f"--{chip.part}", "--package", chip.package, "--speed", chip.speed),
        *("--json", netlist.name, "--seed", str(seed)),
        *("--freq", str(GOAL_MHZ), "--timing-allow-fail", "--router", router),
        *("--placer-heap-timingweight", str(TIMING_WEIGHT)),
        *("--report", REPORT, "--textcfg", ROUTED, *options),
    )
    report = json.loads((folder / REPORT).read_text(encoding="utf-8"))
    utilization = report["utilization"]
    return Routed(
        fmax_mhz=min(clock["achieved"] for clock in report["fmax"].values()),
        critical_path=_cells(report["critical_paths"]),
        used={kind: places["used"] for kind, places in utilization.items()},
        available={kind: places["available"] for kind, places in utilization.items()},
    )


def pack(folder: Path) -> bytes:
    """Return the bitstream of the design that was routed in a folder.

    Raises
    ------
    InputError
        There is no ecppack.
    RunFailure
        ecppack failed.
    """
    ecppack().run(folder, "--compress", ROUTED, BITSTREAM)
    return (folder / BITSTREAM).read_bytes()


def _cells(paths: Sequence[dict[str, list[dict[str, dict[str, str]]]]]) -> tuple[str, ...]:
    """Return the cells of the longest path between registers, which comes first."""
    steps = paths[0]["path"]
    cells = [step["from"]["cell"] for step in steps] + [steps[-1]["to"]["cell"]]
    return tuple(dict.fromkeys(cells))
