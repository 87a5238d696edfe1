"""Waveforms of the guide of a drop: from a simulation of a small array behind AXI."""

import argparse
import importlib
import re
import tempfile
from pathlib import Path

from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.hw.eie.engine import ENGINE
from zskip.model.eie.config import TINY
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block_stimulus import block_stimulus
from zskip.verif.eie.stimulus import random_activations, random_network

BENCH = "zskip.verif.common.tb_waves"
SEED = 1


def draw(folder: Path) -> None:
    """Write the source of each drawing, for WaveDrom.

    Parameters
    ----------
    folder : pathlib.Path
        A folder, for the sources and for ``run``, where the simulation ran.
    """
    network = random_network(TINY, (8, 8), 0.5, SEED)
    stimulus = block_stimulus(network, random_activations(8, 1, SEED), SEED)
    run_block(
        Design(verilog=axi_verilog(ENGINE, TINY), top=axi_module(ENGINE)),
        stimulus,
        simulator=Simulator.ICARUS,
        seed=SEED,
        folder=folder / "run",
        repeat="scripts/waves",
        bench=BENCH,
        drawings=str(folder),
    )


def render(source: str) -> str:
    """Return a drawing as SVG, without the shapes that it has no use for."""
    svg = importlib.import_module("wavedrom").render(source).tostring()
    used = set(re.findall(r'href="#([^"]+)"', svg))
    shapes = re.compile(r'<g id="([^"]+)">.*?</g>', re.DOTALL)
    head, definitions, body = svg.partition("</defs>")
    return shapes.sub(lambda shape: shape[0] if shape[1] in used else "", head) + definitions + body


def main() -> None:
    """Draw the waveforms again, in the templates of a drop; needs the package ``wavedrom``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("target", type=Path, help="folder of the drawings")
    target = parser.parse_args().target
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder))
        for path in Path(folder).glob("*.json"):
            source = path.read_text()
            (target / f"wave_{path.name}").write_text(source)
            (target / f"wave_{path.stem}.svg").write_text(render(source) + "\n")


if __name__ == "__main__":
    main()
