"""Bench of the control unit; oracle: the program that it runs, pass by pass."""

from dataclasses import replace
from itertools import product

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.nm.control import Control
from zskip.model.common.stream import ErrorCode, Kind
from zskip.model.nm.latencies import pass_cycles, run_cycles
from zskip.model.nm.passes import Pass
from zskip.verif.common.requests_sent import RequestsSent, request_told
from zskip.verif.common.rounding import RoundingChecker
from zskip.verif.common.testbench import Agent, Events
from zskip.verif.common.unit import write
from zskip.verif.nm.stimulus import refused_passes
from zskip.verif.nm.unit import packed, unit_bench, unit_config

SETTINGS = (
    *("rows__address", "rows__first", "rows__last", "rows__shift", "rows__relu"),
    *("vectors__half", "vectors__inputs", "vectors__read", "vectors__word"),
)


class PassesChecker(Agent):
    """Driver and checker of the control unit, and the emitter, which takes its time.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self._asked = False
        super().__init__(unit_bench(dut, Control))
        self.beats = Events(self.bench, "rows__valid", *SETTINGS)
        RoundingChecker(self.bench, "rows", self.config.acc_bits)
        self.sent = RequestsSent(self.bench)
        self.done = Events(self.bench, "done")

    def drive(self) -> None:
        """Send what is asked for, after a while, as a packet takes two cycles at least."""
        bench, before = self.bench, self._asked
        self._asked = bench["request__valid"].number and not bench["request__done"].number
        sent = before and self._asked and bench.rng.random() < 0.3
        bench["request__done"].set(int(sent))

    def random_passes(self, count: int) -> list[Pass]:
        """Return a program of some short passes."""
        config, rng = self.config, self.bench.rng
        passes = []
        for number in range(count):
            flags = rng.integers(2, size=4, dtype=np.bool_).tolist()
            passes.append(
                Pass(
                    outputs=int(rng.integers(1, config.vector_depth, endpoint=True)),
                    inputs=int(rng.integers(1, config.vector_depth, endpoint=True)),
                    blocks=int(rng.integers(1, 4)),
                    words=int(rng.integers(1, 5)),
                    beats=int(rng.integers(1, config.max_beats, endpoint=True)),
                    shift=int(rng.integers(config.acc_bits)),
                    relu=flags[0],
                    codebook=rng.integers(-32768, 32768, 16 * config.shares_weights),
                    emit_outputs=flags[1],
                    emit_counters=flags[2],
                    last=number == count - 1,
                    swap=flags[3],
                )
            )
        return passes

    async def load(self, passes: list[Pass]) -> None:
        """Write a program."""
        words = np.concatenate([entry.program_words() for entry in passes])
        await write(self.bench, "w_program", words.tolist())

    async def run(self, illegal: int | None = None) -> int:
        """Run the program, with an illegal code some cycles behind a beat; return the start."""
        for recorded in (self.beats, self.sent, self.done):
            recorded.clear()
        begun = self.bench.cycle
        self.bench["start"].set(1)
        while not self.done.cycles:
            await self.bench.step()
            self.bench["start"].set(int(self.bench.rng.random() < 0.3 and not self.done.cycles))
            self.bench["illegal"].set(int(illegal is not None and self.bench.cycle == illegal))
            assert self.bench.cycle < begun + 5000, "the run must come to its end"
        self.bench["start"].set(0)
        await self.bench.step(3)
        assert not self.bench["busy"].number
        return begun

    def check(self, passes: list[Pass], begun: int) -> None:
        """Compare all beats, their cycles, and what was sent, of some passes of a run."""
        address, half, cycle = 0, 0, begun + run_cycles(self.config) + 1
        beats, cycles, sent = [], [], []
        for number, entry in enumerate(passes):
            if number and not (passes[number - 1].emit_outputs or passes[number - 1].emit_counters):
                cycle = cycles[-1] + pass_cycles(self.config) + 1
            elif number:
                cycle = self.beats.cycles[len(cycles)]
            settings = (entry.shift, entry.relu, half, entry.inputs)
            for _, word, beat in product(*map(range, (entry.blocks, entry.words, entry.beats))):
                first = word == beat == 0
                last = (word, beat) == (entry.words - 1, entry.beats - 1)
                beats.append((address, first, last, *settings, beat == 0, word))
                cycles.append(cycle)
                address, cycle = address + 1, cycle + 1
            counted = entry.beat_count + pass_cycles(self.config)
            counted += 0 if number else run_cycles(self.config)
            central = packed([counted, entry.beat_count], 32)
            wanted = {Kind.OUTPUTS: entry.emit_outputs, Kind.COUNTERS: entry.emit_counters}
            sent += [
                request_told(kind, number, entry.outputs, central)
                for kind in wanted
                if wanted[kind]
            ]
            half ^= entry.swap
        assert self.beats.values == beats
        assert self.beats.cycles == cycles
        assert self.sent.told == sent


@cocotb.test()
async def programs_of_every_length(dut: HierarchyObject) -> None:
    """Random programs of one pass to as many as there is room for, with starts while busy."""
    control = PassesChecker(dut)
    await control.bench.start()
    for count in [*range(1, control.config.pass_count + 1)] * 3:
        passes = control.random_passes(count)
        await control.load(passes)
        for _ in range(2):
            control.check(passes, await control.run())
        if control.config.shares_weights:
            held = packed(passes[-1].codebook.tolist(), 16)
            assert control.bench["codebook"].bits == held
    assert control.bench["error"].number == ErrorCode.NONE


@cocotb.test()
async def illegal_codes(dut: HierarchyObject) -> None:
    """An illegal code in any beat ends the run behind its pass, which sends nothing."""
    control = PassesChecker(dut)
    config, rng = control.config, control.bench.rng
    for _ in range(20):
        await control.bench.start()
        passes = control.random_passes(config.pass_count)
        await control.load(passes)
        begun = await control.run()
        place = int(rng.integers(len(control.beats.cycles)))
        first_beats = np.cumsum([0, *(entry.beat_count for entry in passes)])
        bad = int(np.searchsorted(first_beats, place, side="right")) - 1
        quiet = [replace(entry, emit_outputs=False, emit_counters=False) for entry in passes]
        await control.load(quiet)
        begun = await control.run()
        # A row tells three cycles behind the command.
        later = control.beats.cycles[place] - begun + 3
        await control.run(control.bench.cycle + later)
        assert control.bench["error"].number == ErrorCode.METADATA
        assert len(control.beats.values) == first_beats[bad + 1]
        assert not control.sent.values
        await control.load(passes)
        control.check(passes, await control.run())
        assert control.bench["error"].number == ErrorCode.METADATA


@cocotb.test()
async def refused_at_once(dut: HierarchyObject) -> None:
    """A pass that has nothing to do or exceeds the array is refused, first or later."""
    control = PassesChecker(dut)
    passes = control.random_passes(2)
    for place, entry in enumerate(passes):
        for bad in refused_passes(entry, control.config).values():
            await control.bench.start()
            await control.load([*passes[:place], bad, *passes[place + 1 :]])
            begun = await control.run()
            control.check(passes[:place], begun)
            assert control.bench["error"].number == ErrorCode.PROGRAM
