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
SWITCHES = "zskip.verif.common.tb_waves_switches"
SCENES: tuple[tuple[dict[str, int], str, str], ...] = (
    ({}, BENCH, ""),
    ({"parity": 1}, SWITCHES, "a_flipped_bit"),
    ({"streamed": 1}, SWITCHES, "another_packet_than_a_tile"),
)
"""Switches of the array, the bench, and its tests."""

SEED = 1


def draw(folder: Path) -> None:
    """Write the source of each drawing, for WaveDrom.

    Parameters
    ----------
    folder : pathlib.Path
        A folder, for the sources and for ``run_0``, ``run_1`` and so on, where simulations ran.
    """
    for number, (switches, bench, only) in enumerate(SCENES):
        config = TINY.replace(**switches)
        network = random_network(config, (8, 8), 0.5, SEED)
        run_block(
            Design(verilog=axi_verilog(ENGINE, config), top=axi_module(ENGINE)),
            block_stimulus(network, random_activations(8, 1, SEED), SEED),
            simulator=Simulator.ICARUS,
            seed=SEED,
            folder=folder / f"run_{number}",
            repeat="scripts/waves",
            bench=bench,
            only=only,
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
