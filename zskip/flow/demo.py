"""Demo: the network that ships with the project, from float weights to checked Verilog."""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from zskip.flow.compress import compress
from zskip.flow.compressed import Compressed
from zskip.flow.generate import Generated, generate
from zskip.flow.progress import Progress, silent
from zskip.flow.simulate import SimulationReport, simulate
from zskip.flow.simulators import AnySimulator
from zskip.model.common.errors import InputError
from zskip.verif.common.simulator import Simulator

INPUT_SCALE = 1 / 16
"""The digits network takes pixels from 0 to 1; the images hold 0 to 16."""

NETWORK = "digits.npz"
"""Compressed network inside the folder of a demonstration."""

VERILOG = "verilog"
"""Folder of Verilog inside the folder of a demonstration."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Demonstration:
    """Results of the steps of a demonstration.

    Parameters
    ----------
    folder : pathlib.Path
        Where network and Verilog are.
    compressed : Compressed
        Result of `zskip.compress`.
    generated : Generated
        Result of `zskip.generate`.
    simulated : SimulationReport
        Result of `zskip.simulate` on every test image.
    """

    folder: Path
    compressed: Compressed
    generated: Generated
    simulated: SimulationReport


def demo(
    folder: str | PathLike[str],
    *,
    simulator: AnySimulator = Simulator.VERILATOR,
    engine: str | None = None,
    progress: Progress = silent,
) -> Demonstration:
    """Compress the digits network, write its Verilog, and check it on every test image.

    Parameters
    ----------
    folder : path
        Folder for the compressed network and the Verilog; an earlier demonstration is replaced.
    simulator : Simulator or str
        What to run the RTL in.
    engine : str, optional
        The kind of accelerator, in its default configuration; a small one of the default engine
        without it.
    progress : Progress, optional
        Makes the progress bars.

    Returns
    -------
    Demonstration

    Raises
    ------
    InputError
        The example is not installed, the folder cannot be written, or there is no simulator.
    RunFailure
        The RTL departs from the golden model.
    """
    example = Path(__file__).resolve().parents[1] / "examples" / "digits"
    if not example.is_dir():
        raise InputError(
            f"the digits example must be installed with the package, but {example} is missing: "
            f"install the package again"
        )
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    network = place / NETWORK
    compressed = compress(
        example / "network.npz",
        network,
        inputs=example / "calibration.npz",
        input_scale=INPUT_SCALE,
        engine=engine,
        config="tiny" if engine is None else None,
        progress=progress,
    )
    generated = generate(place / VERILOG, network=network, force=True)
    simulated = simulate(
        network,
        example / "test.npz",
        float_weights=example / "network.npz",
        simulator=simulator,
        progress=progress,
    )
    return Demonstration(
        folder=place, compressed=compressed, generated=generated, simulated=simulated
    )
