"""Bench of the intake; oracles: the batches and biases themselves, and the model's rows."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.intake import Intake, rounds_under_way
from zskip.model.bitlet.alignment import align_rows
from zskip.model.bitlet.passes import FORMATS
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.verif.bitlet.float_stimulus import KINDS, random_row
from zskip.verif.bitlet.rounds import Pass, float_round, integer_beats
from zskip.verif.bitlet.stimulus import Batch, random_batch
from zskip.verif.bitlet.unit import packed, unit_lanes
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Testbench

ROUNDS = 30
"""Rounds of a test."""


class IntakeChecker:
    """Driver and checker of the intake.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, pause : str
        Patterns of pauses of the beats in front and behind.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", pause: str = "never") -> None:
        self.lanes = unit_lanes()
        self.bench = Testbench(dut, Intake(self.lanes).signature)
        self.source = StreamSource(self.bench, "i", idle)
        self.sink = StreamSink(self.bench, "o", pause)

    def batch(self) -> Batch:
        """Return integers of a round."""
        return random_batch(
            self.lanes,
            self.bench.rng,
            rows=self.lanes.rows,
            groups=int(self.bench.rng.integers(1, 4)),
            signed=False,
            mask=(1 << self.lanes.lanes) - 1,
            activation_bits=ACTIVATION_BITS,
        )

    def biases(self) -> list[int]:
        """Return biases of a round."""
        bits = self.lanes.config.acc_bits
        return self.bench.rng.integers(1 << bits, size=self.lanes.rows).tolist()

    def begun(self) -> int:
        """Return the rounds whose first group has come out."""
        return sum(beat["first"] for beat in self.sink.items) // self.lanes.config.beats

    async def take(self, port: str, wanted: list[int]) -> None:
        """Take the biases of rounds some time behind their first groups, and compare them."""
        bench = self.bench
        for taken, value in enumerate(wanted):
            await bench.until(lambda taken=taken: self.begun() > taken)
            await bench.step(1 + int(bench.rng.integers(12)))
            assert bench[port].number == value
            bench["next"].set(1)
            await bench.step()
            bench["next"].set(0)


@cocotb.test()
@cocotb.parametrize(idle=("never", "bursts"), pause=("never", "mostly"))
async def integers(dut: HierarchyObject, idle: str, pause: str) -> None:
    """Beats of integers are those of the lanes; biases come in order, and stay until taken."""
    intake = IntakeChecker(dut, idle, pause)
    await intake.bench.start()
    beats, biases = [], []
    for _ in range(ROUNDS):
        batch, given = intake.batch(), intake.biases()
        intake.source.send(integer_beats(intake.lanes.config, batch, given))
        beats += list(batch.beats())
        biases.append(packed(given, intake.lanes.config.acc_bits))
    await intake.take("biases", biases)
    await intake.bench.until(lambda: len(intake.sink.items) == len(beats))
    assert intake.sink.items == beats


@cocotb.test()
async def floats(dut: HierarchyObject) -> None:
    """Rows in floating point start from their aligned biases."""
    for form, number in enumerate(FORMATS[: unit_lanes().config.float_bits // 16 + 1]):
        if number is None:
            continue
        intake = IntakeChecker(dut)
        bench, config = intake.bench, intake.lanes.config
        await bench.start()
        bench["format"].set(form)
        settings = Pass(joined=True, mask=(1 << config.lanes) - 1, format=form)
        starts = []
        for kind in bench.rng.choice(KINDS, ROUNDS).tolist():
            row = random_row(number, bench.rng, config.pairs, kind)
            intake.source.send(float_round(config, settings, row).beats)
            words = (row.weights, row.activations)
            aligned = align_rows(*words, number, config.lanes, config.pairs, biases=row.bias)
            starts.append(int(aligned.biases))
        await intake.take("float_bias", starts)


@cocotb.test()
async def biases_that_nobody_takes(dut: HierarchyObject) -> None:
    """Beats wait where the biases of more rounds came than can be under way."""
    intake = IntakeChecker(dut)
    await intake.bench.start()
    biases = [intake.biases() for _ in range(ROUNDS)]
    for given in biases:
        intake.source.send(integer_beats(intake.lanes.config, intake.batch(), given))
    await intake.bench.step(500)
    assert intake.begun() == rounds_under_way(intake.lanes)
    bits = intake.lanes.config.acc_bits
    await intake.take("biases", [packed(given, bits) for given in biases])
