"""Runs of the benches of units, all alike."""

from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path
from typing import Any

from amaranth.lib import wiring

from zskip.verif.common.bench import run_bench, unit_design
from zskip.verif.common.simulator import Simulator


@dataclass(frozen=True, kw_only=True)
class UnitRun:
    """Where and how to run a bench.

    Parameters
    ----------
    package : str
        Package of the benches.
    simulator : Simulator
        What to run in.
    seed : int
        Seed of everything random in the bench.
    folder : pathlib.Path
        Where log and waveform are left.
    repeat : str
        What to type to repeat the run.
    """

    package: str
    simulator: Simulator
    seed: int
    folder: Path
    repeat: str

    def __call__(
        self,
        unit: wiring.Component,
        bench: str,
        config: object = None,
        *shared: tuple[str, wiring.Component],
        **stimulus: Any,
    ) -> None:
        """Run a bench on a unit.

        Parameters
        ----------
        unit : amaranth.lib.wiring.Component
            The unit.
        bench : str
            Module of the package that holds the cocotb tests.
        config : dataclass, optional
            The engine's configuration that the unit was made for.
        *shared : tuple of str and amaranth.lib.wiring.Component
            Name and component of each `SharedModule` that it refers to.
        **stimulus
            What else to tell the bench.

        Raises
        ------
        RunFailure
            The bench failed; the message says how to repeat it.
        """
        if is_dataclass(config) and not isinstance(config, type):
            stimulus["config"] = asdict(config)
        run_bench(
            unit_design(unit, *shared),
            f"{self.package}.{bench}",
            simulator=self.simulator,
            stimulus=stimulus,
            seed=self.seed,
            folder=self.folder,
            repeat=self.repeat,
        )
