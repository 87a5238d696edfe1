"""Driver and checker of the core of an engine, for its benches."""

import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.engine_core import EngineCore
from zskip.model.bitlet.engine_cycles import engine_cycles
from zskip.model.bitlet.latencies import output_latency
from zskip.verif.bitlet.rounds import Pass, Round, integer_round
from zskip.verif.bitlet.unit import unit_config
from zskip.verif.common.streams import StreamSource, pauses
from zskip.verif.common.testbench import Agent, Events, Testbench

ROUNDS = 10
"""Rounds that are sent one after the other."""


class Watch(Agent):
    """Driver of `hold`, by a pattern of pauses, and counter of events.

    It also checks that a group does not end where it is held.

    Parameters
    ----------
    bench : Testbench
    pattern : str
        When to hold, see `zskip.verif.common.streams.pauses`.

    Attributes
    ----------
    overflows, picks : int
        Events so far.
    """

    def __init__(self, bench: Testbench, pattern: str) -> None:
        self.overflows = self.picks = 0
        self._waits = False
        self._pauses = pauses(pattern, bench.rng)
        super().__init__(bench)

    def drive(self) -> None:
        """Hold or not."""
        self.bench["hold"].set(next(self._pauses))

    def sample(self, cycle: int) -> None:
        """Count, and look at what is held."""
        done = self.bench["done"].bits
        assert done or not self._waits, f"a group ended before cycle {cycle}"
        self._waits = bool(done and self.bench["hold"].bits)
        self.overflows += self.bench["o_overflows"].number
        self.picks += self.bench["picks"].number

    def reset(self) -> None:
        """Wait for nothing, and forget the events."""
        self._waits = False
        self.overflows = self.picks = 0


class CoreChecker:
    """Driver and checker of the core.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, hold : str
        Patterns of pauses of the beats, and of waiting for other engines.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", hold: str = "never") -> None:
        self.config = unit_config()
        self.bench = Testbench(dut, EngineCore(self.config).signature)
        self.source = StreamSource(self.bench, "i", idle)
        self.watch = Watch(self.bench, hold)
        self.outputs = Events(self.bench, "o_valid", "o", "o_saturated", "o_special")

    def set_up(self, settings: Pass) -> None:
        """Begin a pass."""
        for name in ("joined", "subtracted", "mask", "shift", "rounding", "relu", "format"):
            self.bench[name].set_bits(int(getattr(settings, name)))

    async def run(self, settings: Pass, rounds: list[Round]) -> None:
        """Send rounds without a gap, and compare all but cycles."""
        bench, watch = self.bench, self.watch
        self.set_up(settings)
        self.outputs.clear()
        watch.overflows = watch.picks = 0
        for sent in rounds:
            self.source.send(sent.beats)
        self.began = bench.cycle
        wanted = [output for sent in rounds for output in sent.outputs]
        await bench.until(lambda: len(self.outputs.values) >= len(wanted))
        await bench.step(3)
        assert self.outputs.values == wanted
        # Lanes that run ahead add up in another order if the next groups are there sooner.
        if self.config.run_ahead == 1 or settings.format:
            assert watch.overflows == sum(sent.overflows for sent in rounds)
        assert watch.picks == sum(sent.picks for sent in rounds)

    def check_cycles(self, settings: Pass, rounds: list[Round]) -> None:
        """Compare the cycle of every output, where nothing paused."""
        floating = settings.format > 0
        taken = np.concatenate([sent.taken for sent in rounds])[None]
        groups, rows = len(rounds[0].taken), len(rounds[0].outputs)
        behind = self.began - 1 + output_latency(self.config, floating=floating)
        wanted = []
        for last in range(groups, len(taken[0]) + 1, groups):
            part = taken[:, :last]
            cycles = engine_cycles(part, self.config, groups, rows=rows, floating=floating)
            wanted += [behind + int(cycles) + row for row in range(rows)]
        assert self.outputs.cycles == wanted

    def integers(self, *, joined: bool, subtracted: bool = False, mask: int | None = None) -> Pass:
        """Return a pass of integers with a random shift, by which some outputs are clipped."""
        rng = self.bench.rng
        return Pass(
            joined=joined,
            subtracted=subtracted,
            mask=(1 << self.config.lanes) - 1 if mask is None else mask,
            shift=int(rng.choice([0, 7, self.config.acc_bits - 1])),
            relu=bool(rng.integers(2)),
        )

    def rounds(self, settings: Pass, groups: int, count: int = ROUNDS) -> list[Round]:
        """Return random rounds of the pass."""
        return [
            integer_round(self.config, settings, self.bench.rng, groups=groups)
            for _ in range(count)
        ]
