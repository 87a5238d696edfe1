"""What surrounds the central control unit in its bench: the array, and a host that starts runs."""

from dataclasses import dataclass, field
from typing import NamedTuple

from cocotb.handle import HierarchyObject

from zskip.hw.eie.ccu import Ccu
from zskip.hw.eie.interfaces import activation_layout
from zskip.model.common.stream import COUNTER_BITS, Kind, pack_activations
from zskip.model.eie.counters import CENTRAL
from zskip.model.eie.latencies import FETCH_CYCLES, WRITE_BACK_LATENCY
from zskip.model.eie.passes import DESCRIPTOR_WORDS, Pass, pass_words
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import StreamSink, StreamSource, pauses
from zskip.verif.common.testbench import Events
from zskip.verif.common.unit import write
from zskip.verif.eie.programs import program_words, random_pass
from zskip.verif.eie.unit import unit_bench, unit_config

SETTINGS = ("pointer_base", "bias_base", "row_base", "inputs", "half", "shift", "relu")
"""Settings of a pass."""


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
    """What the array saw of one pass.

    Parameters
    ----------
    restart : int
        Cycle of this command.
    rows : list of tuple of int
        Cycle and row of each write-back command.
    settings : set of tuple of int
        `SETTINGS` of every cycle from computing to the end of the pass.
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
    computing: list[Computing] = field(default_factory=list)
    broadcasts: list[Fields] = field(default_factory=list)
    requests: list[tuple[int, int, Fields]] = field(default_factory=list)


class Array:
    """Agent that plays PEs, LNZD tree and emitter, and notes what they are told.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the LNZD tree and of the activation queues.
    """

    def __init__(self, dut: HierarchyObject, idle: str, stall: str) -> None:
        self.bench = unit_bench(dut, Ccu)
        self.source = StreamSource(self.bench, "i__stream", idle)
        self.sink = StreamSink(self.bench, "o", stall)
        self._sending = pauses("mostly", self.bench.rng)
        self.begin([])
        self.bench.add(self)

    def begin(self, vectors: list[list[Fields]]) -> None:
        """Forget the last run; send an activation vector in each pass of the next one."""
        self.passes: list[Seen] = []
        self.codebook: list[tuple[int, int, int]] = []
        self._vectors = [list(vector) for vector in vectors]
        self._searching = 0
        self._working = 0
        self._requested: int | None = None
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
        self._done = bool(bench["request__valid"].number) and not next(self._sending)
        bench["request__done"].set(self._done)

    def sample(self, cycle: int) -> None:
        """Note the commands of the cycle."""
        bench = self.bench
        computing = bool(bench["control__compute"].number)
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
            self._compute(seen, cycle)
        if seen.computing:
            seen.settings.add(
                tuple(bench[f"control__settings__{name}"].number for name in SETTINGS)
            )
        if bench["control__write_back"].number:
            seen.rows.append((cycle, bench["control__row"].number))
        if bench["request__valid"].number:
            self._request(seen, cycle)

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
        names = ("kind", "pass_index", "outputs", "central")
        fields = {name: self.bench[f"request__{name}"].number for name in names}
        if self._requested is None:
            self._requested = cycle
            seen.requests.append((cycle, cycle, fields))
        assert seen.requests[-1][2] == fields, f"the request changed in cycle {cycle}"
        if self._done:
            seen.requests[-1] = (self._requested, cycle, fields)
            self._requested = None


class Run:
    """The central control unit with a program.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the LNZD tree and of the activation queues.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.array = Array(dut, idle, stall)
        self.bench = self.array.bench
        self.busy, self.done = Events(self.bench, "busy"), Events(self.bench, "done")

    async def load(self, passes: list[Pass]) -> None:
        """Write a program."""
        self.passes = passes
        await write(self.bench, "w_program", program_words(passes))

    def random_passes(self, count: int) -> list[Pass]:
        """Return a program of some passes, the last one marked."""
        return [
            random_pass(self.config, self.bench.rng, last=number == count - 1)
            for number in range(count)
        ]

    async def run(
        self, vectors: list[list[Fields]], *, restless: bool = False, rest: int = 5
    ) -> None:
        """Start a run and wait for its end, and some cycles more.

        A restless host keeps pulsing `start`.
        """
        bench = self.bench
        self.busy.clear()
        self.done.clear()
        self.array.begin(vectors)
        begin = bench.cycle
        bench["start"].set(1)
        while not self.done.cycles:
            await bench.step()
            bench["start"].set(int(restless and bench.rng.random() < 0.5))
            assert bench.cycle < begin + 5_000, "the run must come to its end"
        bench["start"].set(0)
        await bench.step(rest)
        end = self.done.cycles[0]
        assert self.busy.cycles == list(range(begin + 1, end + 1))
        assert self.done.cycles == [end]

    async def run_vectors(
        self, vectors: list[list[Fields]], *, restless: bool = False, rest: int = 5
    ) -> None:
        """Run the program on an activation vector for each pass, and compare each pass."""
        await self.run(vectors, restless=restless, rest=rest)
        assert len(self.array.passes) == len(self.passes)
        self.compare(len(self.passes))
        assert [seen.broadcasts for seen in self.array.passes] == vectors

    async def run_refused(self, vectors: list[list[Fields]]) -> None:
        """Run a program whose pass behind the ones with a vector is refused; compare those."""
        await self.run(vectors)
        *good, refused = self.array.passes
        assert len(good) == len(vectors)
        self.compare(len(good))
        assert not any((refused.computing, refused.rows, refused.requests))

    def compare(self, count: int) -> None:
        """Compare what the array saw of the first passes with the program, to the cycle."""
        seen = self.array.passes
        words = pass_words(self.config)
        fetch, half = seen[0].restart, 0
        # A run that ends with its first pass ends when all of that has arrived.
        end = fetch + words
        for index, entry in enumerate(self.passes[:count]):
            begin = seen[index].restart + (1 + FETCH_CYCLES if index == 0 else 1)
            self._compare_codebook(index, entry, fetch)
            fetch = self._compare_computing(seen[index], begin, fetch + words)
            settings = (*(int(getattr(entry, name)) for name in SETTINGS if name != "half"),)
            assert seen[index].settings == {(*settings[:4], half, *settings[4:])}
            half ^= entry.swap
            assert seen[index].rows == [(fetch + 1 + row, row) for row in range(entry.rows)]
            settled = fetch + entry.rows + WRITE_BACK_LATENCY
            if not entry.last:
                settled = max(settled, fetch + words + 1)
            end = self._compare_requests(index, entry, settled)
            if index + 1 < len(seen):
                assert seen[index + 1].restart == end
        assert self.done.cycles == [end + 1]

    def _compare_codebook(self, index: int, entry: Pass, fetch: int) -> None:
        """Compare the codebook of a pass and when it comes after the fetch."""
        values = pack_activations(entry.codebook).tolist()
        first = index * len(values)
        assert self.array.codebook[first : first + len(values)] == [
            (fetch + 1 + DESCRIPTOR_WORDS + address, address, word)
            for address, word in enumerate(values)
        ]

    def _compare_computing(self, seen: Seen, begin: int, fetched: int) -> int:
        """Compare a computing mode and the end of its fetch; return its last cycle."""
        last = seen.computing[-1].cycle
        assert [entry.cycle for entry in seen.computing] == list(range(begin, last + 1))
        for entry in seen.computing:
            there = entry.cycle > fetched
            assert entry.offered == (entry.waiting and there)
            assert (entry.quiet and there) == (entry.cycle == last)
        assert self.array.source.cycles == self.array.sink.cycles
        return last

    def _compare_requests(self, index: int, entry: Pass, settled: int) -> int:
        """Compare what a pass sends once it has settled; return the last cycle of the pass."""
        seen = self.array.passes[index]
        central = {
            "cycles": settled - seen.restart,
            "broadcasts": len(seen.broadcasts),
            "stalls": sum(cycle.offered and not cycle.taken for cycle in seen.computing),
            "drain": sum(not cycle.offered for cycle in seen.computing),
        }
        bits = sum(central[name] << COUNTER_BITS * i for i, name in enumerate(CENTRAL))
        requests = list(seen.requests)
        end = settled
        for kind, wanted in (
            (Kind.OUTPUTS, entry.emit_outputs),
            (Kind.COUNTERS, entry.emit_counters),
        ):
            if wanted:
                first, last, fields = requests.pop(0)
                assert first == end + 1
                assert fields == {
                    "kind": kind,
                    "pass_index": index,
                    "outputs": entry.outputs,
                    "central": bits,
                }
                end = last
            elif entry.emit_outputs or entry.emit_counters:
                end += 1
        assert not requests
        return end

    def random_vectors(self, count: int) -> list[list[Fields]]:
        """Return activations for some passes; some have none."""
        rng, layout = self.bench.rng, activation_layout(self.config)
        lengths = rng.integers(20, size=count) * (rng.random(count) < 0.8)
        return [random_values(layout, rng, int(length)) for length in lengths]
