"""Runs of the benches of the EIE array's units."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from amaranth.lib import wiring

from zskip.model.eie.config import Config
from zskip.verif.common.bench import run_bench, unit_design
from zskip.verif.common.simulator import Simulator


@dataclass(frozen=True, kw_only=True)
class UnitRun:
    """Where and how to run a bench.

    Parameters
    ----------
    simulator : Simulator
        What to run in.
    seed : int
        Seed of everything random in the bench.
    folder : pathlib.Path
        Where log and waveform are left.
    repeat : str
        What to type to repeat the run.
    """

    simulator: Simulator
    seed: int
    folder: Path
    repeat: str

    def __call__(
        self,
        unit: wiring.Component,
        bench: str,
        config: Config,
        *shared: tuple[str, wiring.Component],
        **case: Any,
    ) -> None:
        """Run a bench on a unit.

        Parameters
        ----------
        unit : amaranth.lib.wiring.Component
            The unit.
        bench : str
            Module of this package that holds the cocotb tests.
        config : Config
            What the unit was made for.
        *shared : tuple of str and amaranth.lib.wiring.Component
            Name and component of each `SharedModule` that it refers to.
        **case
            What else to tell the bench.

        Raises
        ------
        RunFailure
            The bench failed; the message says how to repeat it.
        """
        run_bench(
            unit_design(unit, *shared),
            f"zskip.verif.eie.{bench}",
            simulator=self.simulator,
            case={"config": asdict(config), **case},
            seed=self.seed,
            folder=self.folder,
            repeat=self.repeat,
        )
