"""Agent in place of the array around the central control unit."""

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from cocotb.handle import HierarchyObject

from zskip.hw.eie.ccu import Ccu
from zskip.model.common.stream import Kind
from zskip.model.eie.config import Config
from zskip.verif.common.ports import Fields
from zskip.verif.common.streams import StreamSink, StreamSource, pauses
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.unit import unit_bench, unit_config

AHEAD = 3
"""Cycles before computing mode from which the length of the inputs holds."""


def settings_names(config: Config) -> list[str]:
    """Return the settings of a pass that hold until its end."""
    names = ["pointer_base", "bias_base", "row_base", "half", "shift", "relu"]
    names += ["group_bits"] * config.grouped_pointers
    return names + ["hands_on"] * config.holds_first_word


class Computing(NamedTuple):
    """A cycle of computing mode.

    Parameters
    ----------
    cycle : int
        Which.
    quiet : bool
        Whether the array is idle and has nothing more to broadcast.
    waiting, offered, taken : bool
        Whether the root holds an activation, and the broadcast offers it and is ready.
    """

    cycle: int
    quiet: bool
    waiting: bool
    offered: bool
    taken: bool


@dataclass
class Seen:
    """Record of one pass as the array saw it.

    Parameters
    ----------
    restart : int
        Cycle of this command.
    rows : list of tuple of int
        Cycle and row of each write-back command.
    settings : set of tuple of int
        `settings_names` of every cycle from computing to the end of the pass.
    inputs : set of int or None
        Length of the inputs in every cycle of computing and in the `AHEAD` ones before; None where
        it was unknown.
    fresh : set of int
        The same of whether the inputs are those of the network, with double input.
    computing : list of Computing
        Every cycle of computing mode.
    broadcasts : list of dict
        Activations broadcast.
    requests : list of tuple of int and dict
        First and last cycle of each request to the emitter, and what was asked for.
    """

    restart: int
    rows: list[tuple[int, int]] = field(default_factory=list)
    settings: set[tuple[int, ...]] = field(default_factory=set)
    inputs: set[int | None] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)
    computing: list[Computing] = field(default_factory=list)
    broadcasts: list[Fields] = field(default_factory=list)
    requests: list[tuple[int, int, Fields]] = field(default_factory=list)


class ArrayAgent(Agent):
    """Agent that plays PEs, LNZD tree and emitter, and notes what they are told.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the LNZD tree and of the activation queues.
    """

    def __init__(self, dut: HierarchyObject, idle: str, stall: str) -> None:
        bench = unit_bench(dut, Ccu)
        self.source = StreamSource(bench, "i__stream", idle)
        self.sink = StreamSink(bench, "o", stall)
        self._sending = pauses("mostly", bench.rng)
        self._settings = settings_names(unit_config())
        self.ahead = False
        """Whether the first pass of the program has been fetched, as far as the host knows."""
        self.begin([])
        super().__init__(bench)

    def reset(self) -> None:
        """Know that nothing is fetched."""
        self.ahead = False

    def begin(self, vectors: list[list[Fields]]) -> None:
        """Forget the last run; send an activation vector in each pass of the next one."""
        self.passes: list[Seen] = []
        self.codebook: list[tuple[int, int, int]] = []
        self._vectors = [list(vector) for vector in vectors]
        self._searching = 0
        self._working = 0
        self._requested: int | None = None
        self._inputs: deque[int | None] = deque(maxlen=AHEAD + 1)
        self._fresh: deque[int] = deque(maxlen=AHEAD + 1)
        self._done = False
        self.source.clear()
        self.sink.clear()

    def drive(self) -> None:
        """Say whether the array is idle and has more, and whether a packet was sent."""
        bench = self.bench
        idle, more = bench.rng.integers(2, size=2).tolist()
        if bench["control__compute"].number:
            if not self.passes[-1].computing:
                self.source.send(self._vectors.pop(0) if self._vectors else [])
                # The tree looks through zeros for a while.
                self._searching = int(bench.rng.choice([0, 3, 20]))
            idle = int(not self._working)
            more = int(not self.source.empty or self._searching > 0)
        bench["idle"].set(idle)
        bench["i__more"].set(more)
        # The header of a packet takes a cycle at least.
        requested = bench["request__valid"].number and self._requested is not None
        self._done = bool(requested) and not next(self._sending)
        bench["request__done"].set(self._done)

    def sample(self, cycle: int) -> None:
        """Note the commands of the cycle."""
        bench = self.bench
        computing = bool(bench["control__compute"].number)
        self._inputs.append(self._length())
        if unit_config().double_input:
            self._fresh.append(bench["control__settings__fresh"].number)
        assert computing or not self.sink.offered, f"broadcast in cycle {cycle}"
        if bench["codebook__en"].number:
            self.codebook.append((cycle, bench["codebook__address"].number, self._codebook_data()))
        if self.passes and bench["busy"].number:
            self._note(self.passes[-1], cycle, computing)
        # The restart for a pass comes in the last cycle of the one before.
        if bench["control__restart"].number:
            self.passes.append(Seen(cycle))

    def _note(self, seen: Seen, cycle: int, computing: bool) -> None:
        """Note what concerns a pass."""
        bench = self.bench
        if computing:
            seen.inputs.update(self._inputs)
            seen.fresh.update(self._fresh)
            self._compute(seen, cycle)
        if seen.computing:
            seen.settings.add(
                tuple(bench[f"control__settings__{name}"].number for name in self._settings)
            )
        if bench["control__write_back"].number:
            seen.rows.append((cycle, bench["control__row"].number))
        if bench["request__valid"].number:
            self._request(seen, cycle)

    def _length(self) -> int | None:
        """Return the length of the inputs; None behind the end of what was ever loaded."""
        try:
            return self.bench["control__settings__inputs"].number
        except ValueError:
            return None

    def _codebook_data(self) -> int:
        """Return a codebook word; none behind the end of the program memory."""
        try:
            return self.bench["codebook__data"].number
        except ValueError:
            return -1

    def _compute(self, seen: Seen, cycle: int) -> None:
        """Note a cycle of computing mode; work for a while on each broadcast."""
        bench = self.bench
        quiet = bool(bench["idle"].number and not bench["i__more"].number)
        taken = bool(bench["o__ready"].number)
        seen.computing.append(
            Computing(cycle, quiet, self.source.offered, self.sink.offered, taken)
        )
        self._searching = max(0, self._searching - 1)
        self._working = max(0, self._working - 1)
        if self.sink.offered and taken:
            seen.broadcasts.append(self.sink.items[-1])
            self._working = int(bench.rng.integers(10))

    def _request(self, seen: Seen, cycle: int) -> None:
        """Note a request when it is done; it holds until then."""
        names = ("kind", "pass_index", "outputs")
        fields = {name: self.bench[f"request__{name}"].number for name in names}
        if self._requested is None:
            self._requested = cycle
            seen.requests.append((cycle, cycle, fields))
        elif fields["kind"] == Kind.COUNTERS:
            # They hold from the second cycle on.
            fields["central"] = self.bench["request__central"].number
            if self._requested == cycle - 1:
                seen.requests[-1] = (self._requested, cycle, fields)
        assert seen.requests[-1][2] == fields, f"the request changed in cycle {cycle}"
        if self._done:
            seen.requests[-1] = (self._requested, cycle, fields)
            self._requested = None
