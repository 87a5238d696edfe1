# amaranth: UnusedElaboratable=no
"""Bench of the run guard; oracle: which words of the input vector have come, and its contract."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.common.run_guard import RunGuard
from zskip.model.common.passes import PASS_WORD_0
from zskip.model.common.stream import LANES, ErrorCode
from zskip.verif.common.stimulus import current_stimulus
from zskip.verif.common.testbench import Agent, Testbench

INPUTS = next(field for field in PASS_WORD_0 if field.name == "inputs")


class Checker(Agent):
    """What the guard must say in each cycle, from what it was told in all cycles up to it.

    Parameters
    ----------
    bench : Testbench
    words : int
        Words of the longest input vector.
    ahead : bool
        Whether a start during a run is kept.
    """

    def __init__(self, bench: Testbench, words: int, *, ahead: bool) -> None:
        super().__init__(bench)
        self.ahead = ahead
        self.words = words
        self.needed = 1
        self.begun = self.refusals = 0
        self.reset()

    def reset(self) -> None:
        """Forget all but the program."""
        self.came = 0
        self.start_was = self.refused = self.kept = False
        self.bank = self.computing = 0
        self.first = ErrorCode.NONE

    def sample(self, cycle: int) -> None:
        """Compare every output, and take note of the inputs."""
        given = {name: self.bench[name].bits for name in ("start", "open", "running", "ended")}
        occupied = given["running"] or (self.ahead and self.bench["sending"].bits)
        busy = occupied or self.refused or self.kept
        ignored = self.refused or self.kept if self.ahead else busy
        accepted = given["start"] and not self.start_was and not ignored
        enough = self.needed > self.words * LANES or self.came * LANES >= self.needed
        taken = bool(accepted and not given["open"] and self.came > 0 and enough)
        go = (taken or self.kept) and not given["running"]
        if self.first == ErrorCode.NONE:
            told = self.bench["load_error"].bits, self.refused * ErrorCode.INPUT
            codes = (*told, self.bench["run_error"].bits)
            self.first = ErrorCode(next((code for code in codes if code), 0))
        for name, value in {
            "accepted": accepted,
            "go": go,
            "busy": busy,
            "done": given["ended"] or (self.refused and not (self.ahead and occupied)),
            "error": self.first,
            **self._banks(),
        }.items():
            assert self.bench[name].bits == int(value), f"{name} in cycle {cycle}"
        self.start_was = bool(given["start"])
        refuses = bool(accepted and not taken)
        self.refused = refuses or bool(self.ahead and self.refused and occupied)
        self.begun += bool(go)
        self.refusals += refuses
        if go:
            self.computing = self.bank ^ self.kept
        self.bank ^= taken
        self.kept = (self.kept or taken) and not go
        if taken:
            self.came = 0
        elif self.bench["input_en"].bits and self.bench["input_address"].bits == self.came:
            self.came += 1
        if self.bench["w_program__en"].bits and not self.bench["w_program__address"].bits:
            word = self.bench["w_program__data"].bits
            self.needed = word >> INPUTS.low & ((1 << INPUTS.bits) - 1)

    def _banks(self) -> dict[str, int]:
        """Return what else is told where starts are kept."""
        if not self.ahead:
            return {}
        return {"kept": self.kept, "bank": self.bank, "computing": self.computing}


class Host:
    """Driver of the guard."""

    def __init__(self, dut: HierarchyObject) -> None:
        given = current_stimulus()
        self.words: int = given["input_words"]
        guard = RunGuard(inputs=INPUTS, **given)
        self.bench = Testbench(dut, guard.signature)
        self.ahead: bool = given.get("ahead", False)
        self.checker = Checker(self.bench, self.words, ahead=self.ahead)

    async def set(self, **values: int) -> None:
        """Let a cycle pass with these inputs, all others 0."""
        names = ("start", "open", "input_en", "input_address", "w_program__en")
        names += ("w_program__address", "w_program__data", "running", "ended")
        names += ("sending",) * self.ahead
        for name in (*names, "load_error", "run_error"):
            self.bench[name].set(values.get(name, 0))
        await self.bench.step()

    async def program(self, inputs: int, address: int = 0) -> None:
        """Write a word of the program; the first one tells how many inputs there are."""
        data = inputs << INPUTS.low | int(self.bench.rng.integers(1 << INPUTS.low))
        await self.set(w_program__en=1, w_program__address=address, w_program__data=data)

    async def load(self, *words: int) -> None:
        """Load words of the input vector."""
        for word in words:
            await self.set(input_en=1, input_address=word)

    async def starts(self, **values: int) -> bool:
        """Start; return whether a run begins."""
        begun, refusals = self.checker.begun, self.checker.refusals
        await self.set(start=1, **values)
        await self.set()
        assert self.checker.begun + self.checker.refusals == begun + refusals + 1
        return self.checker.begun > begun


@cocotb.test()
async def from_power_up(dut: HierarchyObject) -> None:
    """A program that nothing is known of has an input; no other test comes in front of this one."""
    host = Host(dut)
    await host.bench.start()
    assert not await host.starts()
    await host.load(0)
    assert await host.starts()


@cocotb.test()
async def counts_the_words(dut: HierarchyObject) -> None:
    """A run begins with as many words as its inputs take, in ascending order, and not with less."""
    host = Host(dut)
    for inputs in (1, LANES, LANES + 1, host.words * LANES - 1, host.words * LANES):
        await host.bench.start()
        await host.program(inputs)
        whole = list(range(-(-inputs // LANES)))
        assert not await host.starts()
        await host.load(*whole[:-1])
        assert not await host.starts()
        await host.load(whole[-1] + 1)
        assert not await host.starts()
        await host.load(*whole)
        assert await host.starts()
        assert not await host.starts(), "the vector of the run before"
        await host.load(*reversed(whole))
        assert await host.starts() == (len(whole) == 1)


@cocotb.test()
async def corners(dut: HierarchyObject) -> None:
    """Open packets, held starts, too many inputs, other words of a program, a reset."""
    host = Host(dut)
    every = range(host.words)
    await host.bench.start()
    await host.program(host.words * LANES)
    await host.program(1, address=1)
    await host.load(*every)
    assert not await host.starts(open=1)
    assert host.checker.first == ErrorCode.INPUT
    assert await host.starts()
    await host.bench.start()
    await host.load(*every[:-1])
    assert not await host.starts(), "a reset keeps the program"
    await host.program(host.words * LANES + 1)
    await host.load(0)
    assert await host.starts(), "which is for the control unit to refuse"
    await host.load(0)
    begun = host.checker.begun
    for _ in range(3):
        await host.set(start=1)
    for _ in range(3):
        await host.set(start=1, running=1)
    await host.set(start=1, ended=1)
    assert host.checker.begun == begun + 1


@cocotb.test()
async def keeps_a_start(dut: HierarchyObject) -> None:
    """One start is kept to the end of the run, with its vector; one without is refused at once."""
    host = Host(dut)
    if not host.ahead:
        return
    checker = host.checker
    await host.bench.start()
    await host.program(LANES)
    await host.load(0)
    assert await host.starts()
    begun, refusals = checker.begun, checker.refusals
    await host.set(start=1, running=1)
    await host.set(running=1)
    assert (checker.begun, checker.refusals) == (begun, refusals + 1)
    # The one that was refused ends behind the run; up to then others are ignored.
    await host.set(input_en=1, input_address=0, running=1)
    await host.set(start=1, running=1)
    await host.set(running=1, ended=1)
    assert (checker.begun, checker.refusals, checker.refused) == (begun, refusals + 1, True)
    await host.set()
    assert not checker.refused
    assert await host.starts()
    begun = checker.begun
    await host.set(input_en=1, input_address=0, running=1)
    await host.set(start=1, running=1, sending=1)
    await host.set(running=1)
    assert checker.kept
    # What comes beside the start that is ignored is the next vector.
    await host.set(input_en=1, input_address=0, running=1)
    await host.set(start=1, running=1)
    await host.set(running=1, ended=1)
    assert checker.begun == begun
    await host.set(sending=1)
    assert (checker.begun, checker.kept, checker.computing) == (begun + 1, False, 0)
    assert await host.starts()
    assert checker.computing == 1


@cocotb.test()
async def the_first_error_stays(dut: HierarchyObject) -> None:
    """Of the loader, in front of the control unit's, in front of later ones."""
    host = Host(dut)
    for errors, first in (
        ({"load_error": ErrorCode.RANGE, "run_error": ErrorCode.PROGRAM}, ErrorCode.RANGE),
        ({"run_error": ErrorCode.PROGRAM}, ErrorCode.PROGRAM),
    ):
        await host.bench.start()
        await host.set(**errors)
        await host.set(load_error=ErrorCode.PE)
        assert not await host.starts()
        assert host.checker.first == first
    await host.bench.start()
    await host.set()
    assert host.checker.first == ErrorCode.NONE


@cocotb.test()
async def anything(dut: HierarchyObject) -> None:
    """Random traffic, mostly of whole vectors, with resets."""
    host = Host(dut)
    rng = host.bench.rng
    await host.bench.start()
    await host.program(1)
    for _ in range(300):
        if rng.random() < 0.2:
            await host.program(int(rng.integers(1, host.words * LANES + 3)), int(rng.integers(2)))
        for word in range(int(rng.integers(host.words + 1))):
            await host.load(word if rng.random() < 0.95 else int(rng.integers(host.words)))
        for _ in range(int(rng.integers(1, 6))):
            names = ("start", "running", "ended", "sending")
            values = {name: int(rng.random() < 0.3) for name in names}
            codes = {name: int(rng.random() < 0.01) for name in ("load_error", "run_error")}
            await host.set(open=int(rng.random() < 0.1), **values, **codes)
        if rng.random() < 0.05:
            await host.bench.start()
    assert host.checker.begun > 20
    assert host.checker.refusals > 20
