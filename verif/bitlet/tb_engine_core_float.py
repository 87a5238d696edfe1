"""Bench of the core of an engine in floating point; oracles: the model's layers, and its cycles."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.model.bitlet.float_layer import float_layer
from zskip.model.bitlet.passes import FORMATS
from zskip.model.common.floats import FloatFormat
from zskip.verif.bitlet.core_checker import CoreChecker
from zskip.verif.bitlet.float_stimulus import KINDS, FloatRow, random_row
from zskip.verif.bitlet.rounds import Pass, Round, float_round
from zskip.verif.bitlet.unit import unit_config

GROUPS = 3
"""Groups of most rounds."""


class FloatChecker(CoreChecker):
    """Driver and checker of the core in a format.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    form : int
        Code of the format.
    idle, hold : str
        See `CoreChecker`.
    """

    def __init__(
        self, dut: HierarchyObject, form: int, idle: str = "never", hold: str = "never"
    ) -> None:
        super().__init__(dut, idle, hold)
        self.form = form

    @property
    def number(self) -> FloatFormat:
        """The format."""
        number = FORMATS[self.form]
        assert number is not None
        return number

    def settings(self, *, relu: bool = False, mask: int | None = None) -> Pass:
        """Return a pass; the write-back shift of integers means nothing."""
        every = (1 << self.config.lanes) - 1
        return Pass(joined=True, mask=every if mask is None else mask, relu=relu, format=self.form)

    def rows(self, kinds: list[str], groups: int = GROUPS) -> list[FloatRow]:
        """Return a random row of each kind."""
        inputs = groups * self.config.pairs
        return [random_row(self.number, self.bench.rng, inputs, kind) for kind in kinds]

    async def check(self, settings: Pass, rows: list[FloatRow]) -> list[Round]:
        """Send rows, and compare outputs and the cycle of each."""
        rounds = [float_round(self.config, settings, row) for row in rows]
        await self.run(settings, rounds)
        self.check_cycles(settings, rounds)
        return rounds

    def layer(self, settings: Pass, row: FloatRow) -> int:
        """Return what the model's layer gives for a row."""
        outputs = float_layer(
            row.weights[None],
            np.array([row.bias]),
            row.activations[None],
            self.number,
            relu=settings.relu,
            lanes=self.config.lanes,
            pairs=self.config.pairs,
        )
        return int(outputs.words.item())


def formats() -> list[int]:
    """Return the codes of the formats that the array has."""
    return list(range(1, unit_config().float_bits // 16 + 1))


@cocotb.test()
@cocotb.parametrize(kind=KINDS, relu=(False, True))
async def rows_of_a_kind(dut: HierarchyObject, kind: str, relu: bool) -> None:
    """Words, events and the cycle of every output, which is that of the model's layer."""
    for form in formats():
        core = FloatChecker(dut, form)
        await core.bench.start()
        settings = core.settings(relu=relu)
        rows = core.rows([kind] * 10)
        rounds = await core.check(settings, rows)
        words = [sent.outputs[0][0] for sent in rounds]
        assert words == [core.layer(settings, row) for row in rows]
        if kind == "overflowing":
            assert any(sent.overflows for sent in rounds)
        if kind == "underflowing" and not relu:
            assert 1 << core.number.bits - 1 in words
        if kind == "subnormal results":
            magnitudes = [word & ((1 << core.number.bits - 1) - 1) for word in words]
            assert any(0 < part < 1 << core.number.fraction_bits for part in magnitudes)


@cocotb.test()
async def kinds_mixed(dut: HierarchyObject) -> None:
    """Rows of one group of all kinds, special ones too, leave nothing to the next one."""
    for form in formats():
        core = FloatChecker(dut, form)
        await core.bench.start()
        for groups in (1, 2):
            kinds = core.bench.rng.choice([*KINDS, "special", "special"], 24).tolist()
            rounds = await core.check(core.settings(), core.rows([*kinds, "special"], groups))
            assert any(sent.outputs[0][2] for sent in rounds)


@cocotb.test()
@cocotb.parametrize(idle=("seldom", "bursts"), hold=("never", "mostly"))
async def pauses_and_waiting(dut: HierarchyObject, idle: str, hold: str) -> None:
    """Words do not depend on pauses between beats, nor on waiting for other engines."""
    for form in formats():
        core = FloatChecker(dut, form, idle, hold)
        await core.bench.start()
        settings = core.settings()
        rows = core.rows([*KINDS, "special"], 2)
        await core.run(settings, [float_round(core.config, settings, row) for row in rows])


@cocotb.test()
async def lanes_switched_off(dut: HierarchyObject) -> None:
    """A lane that is switched off computes with zeros, whatever the weights have there."""
    for form in formats():
        core = FloatChecker(dut, form)
        await core.bench.start()
        for _ in range(3):
            mask = int(core.bench.rng.integers(1 << core.config.lanes))
            await core.check(core.settings(mask=mask), core.rows(["dense", "spread"]))


@cocotb.test()
async def formats_in_turn(dut: HierarchyObject) -> None:
    """Passes of integers and of each format do not disturb each other."""
    core = FloatChecker(dut, 1)
    await core.bench.start()
    for _ in range(3):
        for core.form in formats():
            integers = core.integers(joined=bool(core.bench.rng.integers(2)))
            rounds = core.rounds(integers, 2, 3)
            await core.run(integers, rounds)
            core.check_cycles(integers, rounds)
            await core.check(core.settings(), core.rows(["dense", "spread", "special"], 2))


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """Nothing is left of the rounds in front of a reset."""
    core = FloatChecker(dut, formats()[-1])
    settings = core.settings()
    for cycles in range(2, 16):
        await core.bench.start()
        rows = core.rows(["special", "dense", "spread"], 2)
        core.set_up(settings)
        for row in rows:
            core.source.send(float_round(core.config, settings, row).beats)
        await core.bench.step(cycles)
        await core.bench.start()
        await core.check(settings, rows[1:])
