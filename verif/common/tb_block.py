"""Bench of a whole block of any engine; oracle: the exact result stream of its stimulus."""

import itertools
from collections import deque
from pathlib import Path

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.block import block_signature
from zskip.model.common.bitfields import unpack
from zskip.model.common.stream import LOAD_HEADER, RESULT_HEADER, ErrorCode
from zskip.verif.common.block_stimulus import BlockStimulus, Words, split_packets
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.streams import StreamSink, StreamSource, pauses
from zskip.verif.common.testbench import Agent, Testbench

MARGIN = 100
"""Cycles in which something must happen, beside those that are predicted."""

FOREVER = 1 << 30
"""The checker ends what hangs long before."""


class BlockChecker(Agent):
    """Checker of all ports of a block, cycle by cycle.

    ``busy`` is 1 from the cycle after a start that is accepted to the one in which ``done`` is 1.
    ``i`` is not taken while ``busy``. ``overflow`` falls only behind such a start, rises only
    during a run, and is what is expected when the run is done. ``error`` is the first error that
    is allowed. Words come in the order and within the cycles that are expected.

    Parameters
    ----------
    bench : Testbench
    source : StreamSource
        Feeds `i`; made before.
    sink : StreamSink
        Takes from `o`; made before.

    Attributes
    ----------
    running : bool
        Whether a run is under way in the next cycle.
    runs : int
        Runs that have ended.
    errors : tuple of int
        What `error` may be from now on, the one before it included.
    """

    def __init__(self, bench: Testbench, source: StreamSource, sink: StreamSink) -> None:
        self.source, self.sink = source, sink
        self.runs = 0
        self.reset()
        super().__init__(bench)

    def reset(self) -> None:
        """Expect a block at rest."""
        self.running = self._accepted = False
        self.errors: tuple[int, ...] = (ErrorCode.NONE,)
        self._error = int(ErrorCode.NONE)
        self._overflow = 0
        self._waited = 0
        self.expect([], [], None)

    def expect(
        self,
        packets: list[Words],
        cycles: list[int],
        overflow: bool | None,
        *,
        headers: bool = False,
    ) -> None:
        """Expect the results of the next run.

        Parameters
        ----------
        packets : list of list of int
            Its result packets.
        cycles : list of int
            Cycles in front of each.
        overflow : bool, optional
            The flag at its end, if that is known.
        headers : bool
            Compare headers and lengths alone, and let the packets take longer.
        """
        self._beats = deque(
            (word, int(number == len(packet) - 1), number == 0 or not headers)
            for packet in packets
            for number, word in enumerate(packet)
        )
        patience = 10 if headers else 1
        self._limits = deque(
            MARGIN + (allowed * patience if number == 0 else 0)
            for packet, allowed in zip(packets, cycles, strict=True)
            for number in range(len(packet))
        )
        self._expected_overflow = overflow

    @property
    def owed(self) -> int:
        """Words that the run under way still owes."""
        return len(self._beats)

    def sample(self, cycle: int) -> None:
        """Compare all ports, and move on."""
        start, busy, done = (self.bench[name].number for name in ("start", "busy", "done"))
        assert busy == self.running, f"busy in cycle {cycle}"
        assert not (busy and self.bench["i__ready"].number), f"i is taken in busy cycle {cycle}"
        assert not (done and not busy), f"done without a run in cycle {cycle}"
        self._check_results(cycle)
        self._check_flags(cycle)
        self._check_progress(cycle)
        if done:
            assert not self._beats, f"done before {len(self._beats)} words, in cycle {cycle}"
            self.runs += 1
        self._accepted = bool(start and not busy)
        self.running = self._accepted or bool(busy and not done)

    def _check_results(self, cycle: int) -> None:
        """Compare a word that was taken."""
        assert self.running or not self.sink.offered, f"a word without a run in cycle {cycle}"
        if self.sink.cycles[-1:] != [cycle]:
            return
        assert self._beats, f"a word too many in cycle {cycle}"
        word, last, exact = self._beats.popleft()
        self._limits.popleft()
        given = self.sink.items[-1]
        if exact:
            assert given["data"] == word, (
                f"{given['data']:#x} in place of {word:#x} in cycle {cycle}, "
                f"{len(self._beats)} words before the end"
            )
        assert given["last"] == last, f"last in cycle {cycle}"

    def _check_flags(self, cycle: int) -> None:
        """Check when `overflow` and `error` change."""
        overflow, error = self.bench["overflow"].number, self.bench["error"].number
        if self._accepted:
            assert not overflow, f"overflow behind the start, in cycle {cycle}"
        else:
            assert overflow >= self._overflow, f"overflow fell in cycle {cycle}"
            assert overflow == self._overflow or self.running, f"overflow rose in cycle {cycle}"
        if self.bench["done"].number and self._expected_overflow is not None:
            assert overflow == self._expected_overflow, f"overflow at the end, cycle {cycle}"
        self._overflow = overflow
        assert error in self.errors, f"error {error} in cycle {cycle}"
        assert self._error in (ErrorCode.NONE, error), f"the error changed in cycle {cycle}"
        self._error = error

    def _check_progress(self, cycle: int) -> None:
        """Check that the block does something within the cycles that it has."""
        if self.running:
            moves = self.sink.offered or self._accepted
            limit = self._limits[0] if self._limits else MARGIN
        else:
            moves = not self.source.offered or self.source.cycles[-1:] == [cycle]
            limit = MARGIN
        self._waited = 0 if moves else self._waited + 1
        assert self._waited <= limit, f"nothing for {self._waited} cycles up to cycle {cycle}"


class Host(Agent):
    """Driver of a block, with its checker: loads, starts runs, and takes the results.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses of `i` and `o`.
    quiet : str
        Pattern of the cycles of a run in which `start` is not pulsed once more.
    """

    def __init__(
        self,
        dut: HierarchyObject,
        idle: str = "never",
        stall: str = "never",
        quiet: str = "always",
    ) -> None:
        self.stimulus = BlockStimulus.open(Path(current_stimulus()["path"]))
        bench = Testbench(dut, block_signature())
        self.source, self.sink = StreamSource(bench, "i", idle), StreamSink(bench, "o", stall)
        self.start_held = False
        self._quiet = pauses(quiet, bench.rng)
        self.checker = BlockChecker(bench, self.source, self.sink)
        super().__init__(bench)

    def drive(self) -> None:
        """Start a run, or pulse `start` in the middle of one."""
        again = self.checker.running and not next(self._quiet)
        self.bench["start"].set(self.start_held or again)

    async def load(self, *packets: Words) -> None:
        """Send words; return in front of the first cycle in which a start counts."""
        for words in packets:
            self.source.send(words)
        await self.bench.until(lambda: self.source.empty, FOREVER)
        await self.bench.step()

    def expect(self, vector: int, packets: int | None = None, *, headers: bool = False) -> None:
        """Expect the results of an input vector, or only the first packets of them."""
        results = split_packets(self.stimulus.results[vector], RESULT_HEADER)[:packets]
        cycles = self.stimulus.cycles[vector][: len(results)]
        flag = self.stimulus.overflow[vector] if packets is None and not headers else None
        self.checker.expect(results, cycles, flag, headers=headers)

    async def start(self) -> None:
        """Start a run."""
        self.start_held = True
        await self.bench.step()
        self.start_held = False

    async def finish(self) -> None:
        """Wait until the run is done."""
        runs = self.checker.runs
        await self.bench.until(lambda: self.checker.runs > runs, FOREVER)

    async def run(self, vector: int, packets: int | None = None) -> None:
        """Load an input vector and run it."""
        await self.load(self.stimulus.inputs[vector])
        self.expect(vector, packets)
        await self.start()
        await self.finish()

    async def run_all(self) -> None:
        """Load the program and run every input vector, each offered while the one before runs."""
        inputs = self.stimulus.inputs
        self.source.send(self.stimulus.load)
        self.source.send(inputs[0])
        for vector in range(len(inputs)):
            await self.load()
            self.expect(vector)
            await self.start()
            if vector + 1 < len(inputs):
                self.source.send(inputs[vector + 1])
            await self.finish()

    async def error_is(self, code: int) -> None:
        """Check the error once everything has arrived."""
        await self.bench.step(2)
        assert self.bench["error"].number == code


@cocotb.test()
@cocotb.parametrize(
    (
        ("idle", "stall", "quiet"),
        [
            ("never", "never", "always"),
            ("never", "never", "never"),
            ("seldom", "bursts", "mostly"),
            ("mostly", "seldom", "bursts"),
            ("bursts", "mostly", "seldom"),
        ],
    )
)
async def vectors_one_after_the_other(
    dut: HierarchyObject, idle: str, stall: str, quiet: str
) -> None:
    """Every word of every result, whatever the pauses, and with starts during the runs."""
    host = Host(dut, idle, stall, quiet)
    await host.bench.start()
    await host.run_all()
    await host.bench.step(20)


@cocotb.test()
@cocotb.parametrize(where=("load", "run", "read_out"))
async def reset_in_the_middle(dut: HierarchyObject, where: str) -> None:
    """After a reset in any state, a whole load and run are as ever."""
    host = Host(dut, "seldom", "seldom")
    stimulus, rng = host.stimulus, host.bench.rng
    await host.bench.start()
    for turn in range(2):
        vector = turn % len(stimulus.inputs)
        if where == "load":
            host.source.clear()
            host.source.send(stimulus.load)
            cut = int(rng.integers(1, len(stimulus.load)))
            await host.bench.until(lambda cut=cut: len(host.source.items) >= cut, FOREVER)
        else:
            await host.load(stimulus.load, stimulus.inputs[vector])
            host.expect(vector)
            await host.start()
        if where == "run":
            await host.bench.step(int(rng.integers(1, sum(stimulus.cycles[vector]))))
        if where == "read_out":
            left = int(rng.integers(1, len(stimulus.results[vector])))
            await host.bench.until(lambda left=left: host.checker.owed <= left, FOREVER)
        await host.bench.start()
        await host.load(stimulus.load)
        await host.run(vector)


@cocotb.test()
async def start_held(dut: HierarchyObject) -> None:
    """A start that is held until the run is done begins one run; held longer, the next one."""
    host = Host(dut, stall="seldom")
    await host.bench.start()
    await host.load(host.stimulus.load)
    for longer in (False, True):
        await host.load(host.stimulus.inputs[0])
        host.expect(0)
        host.start_held = True
        await host.finish()
        if longer:
            # The inputs may be gone, so that only the headers are known.
            host.expect(0, headers=True)
            await host.start()
            await host.finish()
        host.start_held = False
        await host.bench.step(5)
        assert not host.checker.running
    await host.run(len(host.stimulus.inputs) - 1)


@cocotb.test()
async def bad_packets(dut: HierarchyObject) -> None:
    """A bad packet is reported and changes nothing, between good ones."""
    host = Host(dut, "seldom")
    stimulus = host.stimulus
    await host.bench.start()
    await host.load(stimulus.load)
    for words, code in stimulus.bad:
        await host.bench.start()
        await host.load(stimulus.inputs[0])
        host.checker.errors = (ErrorCode.NONE, code)
        await host.load(words)
        if _is_whole(words):
            await host.load(stimulus.inputs[0])
        await host.error_is(code)
    await host.bench.start()
    await host.error_is(ErrorCode.NONE)
    for vector in range(len(stimulus.inputs)):
        await host.run(vector)


def _is_whole(words: Words) -> bool:
    """Return whether a load packet has all the words that its header announces."""
    return len(words) == 1 + unpack(LOAD_HEADER, words[0])["words"]


@cocotb.test()
async def the_first_error_stays(dut: HierarchyObject) -> None:
    """A later error does not replace the first one, nor does a run; a reset takes it away."""
    host = Host(dut)
    await host.bench.start()
    await host.load(host.stimulus.load)
    packets = {code: words for words, code in host.stimulus.bad if _is_whole(words)}
    for first, second in itertools.permutations(packets, 2):
        await host.bench.start()
        host.checker.errors = (ErrorCode.NONE, first)
        await host.load(packets[first])
        await host.error_is(first)
        await host.load(packets[second])
        await host.run(0)
        await host.error_is(first)


@cocotb.test()
async def refused_programs(dut: HierarchyObject) -> None:
    """A pass that is refused ends the run behind the results before it; a good program runs."""
    host = Host(dut, "seldom", "seldom")
    stimulus = host.stimulus
    await host.bench.start()
    await host.load(stimulus.load)
    for words, packets in stimulus.refused:
        await host.bench.start()
        await host.load(words)
        host.checker.errors = (ErrorCode.NONE, ErrorCode.PROGRAM)
        await host.run(0, packets)
        await host.error_is(ErrorCode.PROGRAM)
    await host.load(stimulus.load)
    await host.run(0)
    await host.error_is(ErrorCode.PROGRAM)
    await host.bench.start()
    await host.run(0)
    await host.error_is(ErrorCode.NONE)
