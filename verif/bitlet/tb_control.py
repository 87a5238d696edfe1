"""Bench of the control unit; oracle: the program that it runs, pass by pass."""

from dataclasses import replace
from itertools import product

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.control import Control
from zskip.model.bitlet.latencies import output_latency, run_cycles
from zskip.model.bitlet.passes import FORMATS, Pass
from zskip.model.common.stream import ErrorCode, Kind
from zskip.verif.bitlet.passes import refused_passes
from zskip.verif.bitlet.unit import packed, unit_bench, unit_config
from zskip.verif.common.requests_sent import RequestsSent, request_told
from zskip.verif.common.rounding import RoundingChecker
from zskip.verif.common.streams import pauses
from zskip.verif.common.testbench import Agent, Events
from zskip.verif.common.unit import write

SETTINGS = (
    *("engines__format", "engines__joined", "engines__subtracted", "engines__mask"),
    *("engines__shift", "engines__relu"),
    *("vectors__half", "vectors__inputs", "vectors__wide"),
)


class Engines(Agent):
    """The engines and the emitter, which take their time.

    Parameters
    ----------
    control : PassesChecker
        Says which passes there are.
    """

    def __init__(self, control: "PassesChecker") -> None:
        self.control = control
        self.due: list[int] = []
        self._asked = False
        self._pauses = pauses("seldom", control.bench.rng)
        super().__init__(control.bench)

    def drive(self) -> None:
        """Take beats, write outputs some cycles later, and send what is asked for."""
        bench = self.bench
        bench["ready"].set(int(not next(self._pauses)))
        written = bool(self.due) and self.due[0] <= bench.cycle
        bench["written"].set(int(written))
        if written:
            self.due.pop(0)
        # A packet takes two cycles at least.
        before = self._asked
        self._asked = bench["request__valid"].number and not bench["request__done"].number
        sent = before and self._asked and bench.rng.random() < 0.3
        bench["request__done"].set(int(sent))

    def sample(self, cycle: int) -> None:
        """Finish the rounds whose beats are taken."""
        bench, config = self.bench, self.control.config
        if config.decoupled:
            assert bench["ready"].bits or not bench["engines__valid"].bits, cycle
        ends = all(bench[f"engines__{name}"].bits for name in ("valid", "last"))
        if not (ends and bench["ready"].bits):
            return
        self.control.left -= 1
        if self.control.left % config.beats == 0:
            begun = cycle + 1 + output_latency(config, floating=False)
            begun = max([begun, *(due + 1 for due in self.due[-1:])])
            rows = 1 if bench["engines__joined"].bits or config.segments == 1 else config.segments
            self.due += range(begun, begun + rows)

    def reset(self) -> None:
        """Forget what was under way."""
        self.due.clear()


class PassesChecker:
    """Driver and checker of the control unit.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.bench = unit_bench(dut, Control)
        self.left = 0
        self.engines = Engines(self)
        self.read = Events(self.bench, "vectors__read", "vectors__beat", *SETTINGS)
        RoundingChecker(self.bench, "engines", self.config.acc_bits)
        self.take = Events(self.bench, "engines__read", "engines__address")
        self.biases = Events(self.bench, "engines__read_biases", "engines__round")
        self.rewound = Events(self.bench, "engines__rewind")
        self.written = Events(self.bench, "written")
        self.sent = RequestsSent(self.bench)
        self.done = Events(self.bench, "done")
        self.recorded = (
            *(self.read, self.take, self.biases, self.rewound),
            *(self.written, self.sent, self.done),
        )

    def random_passes(self, count: int) -> list[Pass]:
        """Return a program of some short passes."""
        config, rng = self.config, self.bench.rng
        formats = FORMATS[: 1 + config.float_bits // 16]
        passes = []
        for number in range(count):
            form = formats[rng.integers(len(formats))]
            places = form.bits // 16 if form else 1
            flags = rng.integers(2, size=6, dtype=np.bool_).tolist()
            most = config.vector_depth // places
            passes.append(
                Pass(
                    outputs=int(rng.integers(1, most, endpoint=True)),
                    inputs=int(rng.integers(1, most, endpoint=True)),
                    rounds=int(rng.integers(1, 4)),
                    groups=int(rng.integers(1, config.vector_depth // config.pairs // places + 1)),
                    number=form,
                    joined=bool(form) or flags[0] or config.segments == 1,
                    subtracted=flags[1],
                    mask=int(rng.integers(1 << config.lanes)),
                    shift=int(rng.integers(config.acc_bits)),
                    relu=flags[2],
                    emit_outputs=flags[3],
                    emit_counters=flags[4],
                    last=number == count - 1,
                    swap=flags[5],
                )
            )
        return passes

    async def load(self, passes: list[Pass]) -> None:
        """Write a program."""
        words = np.concatenate([entry.program_words() for entry in passes])
        await write(self.bench, "w_program", words.tolist())

    async def run(self) -> int:
        """Run the program; return the start."""
        for recorded in self.recorded:
            recorded.clear()
        self.left = 0
        begun = self.bench.cycle
        self.bench["start"].set(1)
        while not self.done.cycles:
            await self.bench.step()
            self.bench["start"].set(int(self.bench.rng.random() < 0.3 and not self.done.cycles))
            assert self.bench.cycle < begun + 9000, "the run must come to its end"
        self.bench["start"].set(0)
        await self.bench.step(3)
        assert not self.bench["busy"].number
        return begun

    def check(self, passes: list[Pass], begun: int) -> None:
        """Compare all beats, when passes begin, and what was sent, of some passes of a run."""
        config, half, start, blocks = self.config, 0, begun + run_cycles() + 1, 0
        beats, sent, talks = [], [], False
        for number, entry in enumerate(passes):
            first = self.read.cycles[len(beats)]
            assert first == start or talks
            settings = (
                FORMATS.index(entry.number),
                entry.joined and config.segments > 1,
                entry.subtracted,
                entry.mask,
                entry.shift,
                entry.relu,
                half,
                entry.inputs * entry.form.places,
                entry.form.places == 2,
            )
            for _, beat in product(range(entry.rounds), range(entry.groups * config.beats)):
                beats.append((beat, *settings))
            blocks += entry.rounds * (1 if entry.joined else config.segments)
            end = self.written.cycles[blocks - 1]
            counted = end - first + 1 + (0 if number else run_cycles())
            central = packed([counted, entry.rounds * entry.groups], 32)
            wanted = {Kind.OUTPUTS: entry.emit_outputs, Kind.COUNTERS: entry.emit_counters}
            outputs = entry.outputs * entry.form.places
            sent += [
                request_told(kind, number, outputs, central) for kind in wanted if wanted[kind]
            ]
            half, start = half ^ entry.swap, end + 1
            talks = entry.emit_outputs or entry.emit_counters
        assert self.read.values == beats
        # Decoupled engines read their memories on their own.
        in_step = 1 - config.decoupled
        assert self.take.values == [(address,) for address in range(len(beats) * in_step)]
        rounds = sum(entry.rounds for entry in passes)
        assert self.biases.values == [(number,) for number in range(rounds * in_step)]
        assert self.rewound.cycles == [begun] * config.decoupled
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
    assert control.bench["error"].number == ErrorCode.NONE


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


@cocotb.test()
async def out_of_weights(dut: HierarchyObject) -> None:
    """A pass with more beats than there are weights ends the run, and sends nothing."""
    control = PassesChecker(dut)
    await control.bench.start()
    config = control.config
    groups = config.vector_depth // config.pairs
    most = min(config.vector_depth // config.pe_count // config.segments, config.bias_depth)
    fits = config.weight_depth // (groups * config.beats)
    assert fits < most, "the bench needs a small weight memory"
    entry = replace(
        control.random_passes(1)[0],
        number=None,
        joined=config.segments == 1,
        rounds=fits,
        groups=groups,
        emit_outputs=True,
    )
    await control.load([entry])
    control.check([entry], await control.run())
    await control.load([replace(entry, rounds=fits + 1)])
    await control.run()
    assert control.bench["error"].number == ErrorCode.PROGRAM
    assert not control.sent.values
    await control.load([entry])
    control.check([entry], await control.run())
