"""Checker of the central control unit: a host that runs programs, and what must come of them."""

import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import activation_layout
from zskip.model.common.stream import COUNTER_BITS, Kind, pack_activations
from zskip.model.eie.counters import CENTRAL
from zskip.model.eie.latencies import write_back_latency
from zskip.model.eie.passes import DESCRIPTOR_WORDS, Pass, pass_words
from zskip.verif.common.ports import Fields, random_values
from zskip.verif.common.testbench import Events
from zskip.verif.common.unit import write
from zskip.verif.eie.broadcasts import active
from zskip.verif.eie.ccu_agent import ArrayAgent, Seen, settings_names
from zskip.verif.eie.stimulus import random_passes
from zskip.verif.eie.unit import unit_config


class CcuChecker:
    """Checker of the central control unit and of what the array around it sees of a program.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of the LNZD tree and of the activation queues.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        self.array = ArrayAgent(dut, idle, stall)
        self.bench = self.array.bench
        self.busy, self.done = Events(self.bench, "busy"), Events(self.bench, "done")
        self.kept = Events(self.bench, "keep" if self.config.double_input else "request__done")

    async def load(self, passes: list[Pass]) -> None:
        """Write a program."""
        self.passes = passes
        self.array.ahead = False
        await write(self.bench, "w_program", np.concatenate([each.words() for each in passes]))

    def random_passes(self, count: int) -> list[Pass]:
        """Return a program of some passes, the last one marked."""
        return random_passes(self.config, self.bench.rng, count)

    async def run(
        self, vectors: list[list[Fields]], *, restless: bool = False, rest: int = 5
    ) -> None:
        """Start a run and wait for its end, and some cycles more.

        A restless host keeps pulsing `start`.
        """
        bench = self.bench
        self.busy.clear()
        self.done.clear()
        self.kept.clear()
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
        half, fresh = 0, 1
        names = settings_names(self.config)
        if self.config.double_input and seen[0].settings:
            # The half stays from run to run; the first layer does not read it.
            half = next(iter(seen[0].settings))[names.index("half")]
        end, fetches = self._begin(seen[0])
        for index, entry in enumerate(self.passes[:count]):
            begin = 1 + (end if index == 0 else seen[index].restart)
            fetch = self._compare_computing(seen[index], begin)
            fetches.append((fetch + 1, index + 1))
            self.array.ahead = entry.last
            settings = (half if name == "half" else int(getattr(entry, name)) for name in names)
            assert seen[index].settings == {tuple(settings)}
            assert seen[index].inputs == {entry.inputs}
            assert seen[index].fresh == ({fresh} if self.config.double_input else set())
            half ^= entry.swap
            fresh &= not entry.swap
            assert seen[index].rows == [(fetch + 1 + row, row) for row in range(entry.rows)]
            settled = fetch + entry.rows + write_back_latency(self.config)
            if not entry.last:
                settled = max(settled, fetch + words + 1)
            if self._is_kept(entry):
                assert not seen[index].requests
                assert self.kept.cycles == self.done.cycles == [settled]
                break
            end = self._compare_requests(index, entry, settled)
            if index + 1 < len(seen):
                assert seen[index + 1].restart == end
        else:
            assert self.done.cycles == [max([end, *(at + words for at, _ in fetches)]) + 1]
        self._compare_codebooks(fetches)

    def _begin(self, seen: Seen) -> tuple[int, list[tuple[int, int]]]:
        """Return the last cycle in front of the first pass, and when that is fetched, if it is."""
        if self.array.ahead:
            return seen.restart, []
        self.array.ahead = True
        return seen.restart + pass_words(self.config) + 1, [(seen.restart, 0)]

    def _is_kept(self, entry: Pass) -> bool:
        """Return whether the run ends in front of the outputs of a pass."""
        ends = entry.last and entry.emit_outputs and not entry.emit_counters
        return bool(self.config.double_input and ends)

    def _compare_codebooks(self, fetches: list[tuple[int, int]]) -> None:
        """Compare the codebooks that were fetched, and when their words came.

        Behind a pass that is marked last the first one follows, behind another one of the last
        place nothing that is known.
        """
        codebooks = [pack_activations(entry.codebook).tolist() for entry in self.passes]
        if self.passes[-1].last:
            codebooks.append(codebooks[0])
        expected = [
            (fetch + 1 + DESCRIPTOR_WORDS + address, address, word)
            for fetch, number in fetches
            if number < len(codebooks)
            for address, word in enumerate(codebooks[number])
        ]
        # A run may end, and the next one begin, before the last words come.
        seen = self.array.codebook[: len(expected)]
        assert seen == [words for words in expected if words[0] < self.bench.cycle]

    def _compare_computing(self, seen: Seen, begin: int) -> int:
        """Compare a computing mode; return its last cycle."""
        last = seen.computing[-1].cycle
        assert [entry.cycle for entry in seen.computing] == list(range(begin, last + 1))
        for entry in seen.computing:
            assert entry.offered == entry.waiting
            assert entry.quiet == (entry.cycle == last)
        assert self.array.source.cycles == self.array.sink.cycles
        return last

    def _compare_requests(self, index: int, entry: Pass, settled: int) -> int:
        """Compare what a pass sends once it has settled; return the last cycle of the pass."""
        seen = self.array.passes[index]
        central = {
            "cycles": settled + 1 - seen.computing[0].cycle,
            "broadcasts": sum(active(item) for item in seen.broadcasts),
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
                counted = {"central": bits} if kind == Kind.COUNTERS else {}
                assert fields == {
                    "kind": kind,
                    "pass_index": index,
                    "outputs": entry.outputs,
                    **counted,
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
