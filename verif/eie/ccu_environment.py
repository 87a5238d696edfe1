"""What surrounds the central control unit in its bench: the array, and a host that starts runs."""

from typing import NamedTuple

from cocotb.handle import HierarchyObject

from zskip.hw.eie.ccu import Ccu
from zskip.hw.eie.interfaces import activation_layout
from zskip.hw.eie.pe.act_rw import WRITE_BACK_CYCLES
from zskip.model.eie.config import COUNTER_BITS
from zskip.model.eie.counters import CENTRAL
from zskip.model.eie.packets import Kind, pack_activations
from zskip.model.eie.schedule import Pass, local_depth
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.streams import StreamSink, StreamSource, pauses
from zskip.verif.common.testbench import Events, Testbench
from zskip.verif.eie.programs import program_words, random_pass
from zskip.verif.eie.unit import unit_bench, unit_config, write


class Seen(NamedTuple):
    """What the array saw of one pass.

    Parameters
    ----------
    restart, swap : int
        Cycles of these commands.
    rows : list of tuple of int
        Cycle and row of each write-back command.
    settings : set of tuple of int
        Pointer base, bias base, shift and ReLU of every cycle from computing to the swap.
    codebook : list of tuple of int
        Address and data of the words written.
    computing : list of tuple of bool
        Valid and ready of the broadcast in each cycle of computing.
    broadcasts : list of dict
        Activations broadcast.
    requests : list of dict
        What the emitter was asked for.
    """

    restart: int
    swap: list[int]
    rows: list[tuple[int, int]]
    settings: set[tuple[int, ...]]
    codebook: list[tuple[int, int]]
    computing: list[tuple[bool, bool]]
    broadcasts: list[Fields]
    requests: list[Fields]


class Array:
    """Agent that plays PEs, LNZD tree and emitter, and notes what they are told.

    Parameters
    ----------
    bench : Testbench
    idle, stall : str
        Patterns of pauses of the LNZD tree and of the activation queues.
    """

    def __init__(self, bench: Testbench, idle: str, stall: str) -> None:
        self.passes: list[Seen] = []
        self.vectors: list[list[Fields]] = []
        self.source, self.sink = StreamSource(bench, "i", idle), StreamSink(bench, "o", stall)
        self._bench = bench
        self._loaded = True
        self._working = 0
        self._sending = pauses("mostly", bench.rng)
        self._done = False
        bench.add(self)

    def drive(self) -> None:
        """Say whether the array is idle, and whether a packet was sent."""
        waiting = (self._loaded and any(self.vectors[:1])) or not self.source.empty
        self._bench["idle"].set(not waiting and not self._working)
        requested = bool(self._bench["request__valid"].number)
        self._done = requested and not next(self._sending)
        self._bench["request__done"].set(self._done)

    def sample(self, cycle: int) -> None:
        """Note the commands of the cycle."""
        bench = self._bench
        if bench["control__restart"].number:
            self.passes.append(Seen(cycle, [], [], set(), [], [], [], []))
        if not self.passes:
            return
        seen = self.passes[-1]
        if bench["codebook__en"].number:
            seen.codebook.append(
                (bench["codebook__address"].number, bench["codebook__data"].number)
            )
        if self._commanded("compute", "write_back", "swap"):
            names = ("pointer_base", "bias_base", "shift", "relu")
            seen.settings.add(tuple(bench[f"control__settings__{name}"].number for name in names))
        if bench["control__compute"].number:
            self._compute(seen)
        if bench["control__write_back"].number:
            assert self._bench["idle"].number, f"write-back in cycle {cycle}, but not idle"
            seen.rows.append((cycle, bench["control__row"].number))
        if bench["control__swap"].number:
            seen.swap.append(cycle)
            self._loaded = True
        if self._done:
            names = ("kind", "pass_index", "outputs", "central")
            seen.requests.append({name: bench[f"request__{name}"].number for name in names})

    def _commanded(self, *names: str) -> bool:
        return any(self._bench[f"control__{name}"].number for name in names)

    def _compute(self, seen: Seen) -> None:
        """Begin to send the activations of the pass; work for a while on each broadcast."""
        if self.vectors and not seen.computing:
            self.source.send(self.vectors.pop(0))
            self._loaded = False
        ready = bool(self._bench["o__ready"].number)
        seen.computing.append((self.sink.offered, ready))
        self._working = max(0, self._working - 1)
        if self.sink.offered and ready:
            seen.broadcasts.append(self.sink.items[-1])
            self._working = int(self._bench.rng.integers(10))


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
        self.bench = unit_bench(dut, Ccu)
        self.array = Array(self.bench, idle, stall)
        self.busy, self.done = Events(self.bench, "busy"), Events(self.bench, "done")
        self.finish = Events(self.bench, "control__finish")

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

    async def run(self, *, restless: bool = False) -> None:
        """Start a run and wait for its end; a restless host keeps pulsing `start`."""
        bench = self.bench
        for events in (self.busy, self.done, self.finish):
            events.clear()
        self.array.passes.clear()
        begin = bench.cycle
        bench["start"].set(1)
        while not self.done.cycles:
            await bench.step()
            bench["start"].set(int(restless and bench.rng.random() < 0.5))
            assert bench.cycle < begin + 5_000, "the run must come to its end"
        end = self.done.cycles[0]
        bench["start"].set(0)
        await bench.step(5)
        assert self.busy.cycles == list(range(begin + 1, end + 1))
        assert self.done.cycles == self.finish.cycles == [end]

    async def run_vectors(self, vectors: list[list[Fields]], *, restless: bool = False) -> None:
        """Run the program on an activation vector for each pass, and compare each pass."""
        self.array.vectors = [list(vector) for vector in vectors]
        await self.run(restless=restless)
        assert len(self.array.passes) == len(self.passes)
        for index, (entry, seen) in enumerate(zip(self.passes, self.array.passes, strict=True)):
            self.compare(index, entry, seen)
            assert seen.broadcasts == vectors[index]

    def compare(self, index: int, entry: Pass, seen: Seen) -> None:
        """Compare what the array saw of a pass with the pass."""
        assert seen.settings == {
            (entry.pointer_base, entry.bias_base, entry.shift, int(entry.relu))
        }
        assert seen.codebook == list(enumerate(pack_activations(entry.codebook).tolist()))
        rows = local_depth(entry.outputs, self.config)
        first = seen.rows[0][0]
        assert seen.rows == [(first + row, row) for row in range(rows)]
        assert seen.swap == [seen.rows[-1][0] + WRITE_BACK_CYCLES]
        central = {
            "cycles": seen.swap[0] - seen.restart,
            "broadcasts": len(seen.broadcasts),
            "stalls": seen.computing.count((True, False)),
            "drain": sum(not valid for valid, _ in seen.computing),
        }
        bits = sum(central[name] << COUNTER_BITS * i for i, name in enumerate(CENTRAL))
        assert seen.requests == [
            {"kind": kind, "pass_index": index, "outputs": entry.outputs, "central": bits}
            for kind, wanted in (
                (Kind.OUTPUTS, entry.emit_outputs),
                (Kind.COUNTERS, entry.emit_counters),
            )
            if wanted
        ]

    def random_vectors(self, count: int) -> list[list[Fields]]:
        """Return activations for some passes; some have none."""
        rng, layout = self.bench.rng, activation_layout(self.config)
        lengths = rng.integers(20, size=count) * (rng.random(count) < 0.8)
        return [random_values(layout, rng, int(length)) for length in lengths]
