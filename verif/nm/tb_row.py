"""Bench of a row; oracle: outputs in Python's integers, and the model's write-back."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.nm.row import Row
from zskip.model.common.fixed import add_wrap, limits, write_back
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.latencies import pass_cycles
from zskip.model.nm.packets import Target
from zskip.verif.common.testbench import Events
from zskip.verif.nm.stimulus import with_illegal_positions
from zskip.verif.nm.tb_dot_product import SumsChecker
from zskip.verif.nm.unit import packed

NUMBER = 1
"""Number of the row."""


class RowChecker(SumsChecker):
    """Driver and checker of a row.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        super().__init__(dut, Row)
        self.outputs = Events(self.bench, "o_valid", "o_activation")
        self.illegal = Events(self.bench, "illegal")
        self.overflows = Events(self.bench, "overflow")

    async def load(self, target: Target, address: int, word: int, pe: int = NUMBER) -> None:
        """Write a word through the load bus."""
        bench = self.bench
        given = {"en": 1, "target": target, "pe": pe, "address": address}
        for name, value in {**given, "data": word % (1 << STREAM_BITS)}.items():
            bench[f"load__{name}"].set(value)
        await bench.step()
        bench["load__en"].set(0)

    async def load_beats(self, words: list[int], biases: list[int]) -> None:
        """Load weights and biases, and others into the row beside it."""
        self.bench["pe"].set(NUMBER)
        for pe in (NUMBER, NUMBER - 1):
            for address, word in enumerate(words):
                mask = (1 << STREAM_BITS) - 1
                for place in range(self.config.memory_slices):
                    part = word >> (place * STREAM_BITS) & mask if pe == NUMBER else ~0
                    await self.load(Target.WEIGHTS, address * self.config.slices + place, part, pe)
            for address, bias in enumerate(biases):
                await self.load(Target.BIASES, address, bias if pe == NUMBER else ~bias, pe)

    async def command(self, shift: int, relu: bool, lengths: list[int], x: list[int]) -> list[int]:
        """Command the beats of some outputs; return the cycle of each beat."""
        bench = self.bench
        settings = {"shift": shift, "relu": relu, "rounding": (1 << shift) >> 1}
        for name, value in {**settings, "rewind": 1, "restart": 1}.items():
            bench[f"commands__{name}"].set(value)
        await bench.step()
        bench["commands__rewind"].set(0)
        bench["commands__restart"].set(0)
        for recorded in (self.outputs, self.illegal, self.overflows):
            recorded.clear()
        flags = [(place == 0, place == size - 1) for size in lengths for place in range(size)]
        cycles, shown = [], [0, 0]
        for address, (first, last) in enumerate(flags):
            while bench.rng.random() < 0.2:
                await self._cycle(None, shown, address)
            cycles.append(bench.cycle)
            bench["commands__first"].set(first)
            bench["commands__last"].set(last)
            await self._cycle(address, shown, x[address])
        for _ in range(pass_cycles(self.config) + 2):
            await self._cycle(None, shown, 0)
        return cycles

    async def _cycle(self, address: int | None, shown: list[int], x: int) -> None:
        """Let a cycle pass with a beat or without; its activations come two cycles later."""
        self.bench["commands__valid"].set(address is not None)
        self.bench["commands__address"].set(address or 0)
        self.bench["x"].set(shown.pop(0))
        shown.append(x)
        await self.bench.step()


@cocotb.test()
@cocotb.parametrize(relu=(False, True))
async def outputs_with_pauses(dut: HierarchyObject, relu: bool) -> None:
    """Outputs, counters and flags of random beats, legal and illegal ones in any order."""
    row = RowChecker(dut)
    config, rng = row.config, row.bench.rng
    await row.start()
    lengths = rng.integers(1, 6, size=min(30, config.bias_depth)).tolist()
    beats = [row.random_beat() for _ in range(sum(lengths))]
    words = [beat.word for beat in beats]
    illegal = set()
    if config.n > 1 and not config.dense:
        illegal = set(rng.permutation(len(beats))[:10].tolist())
        for beat in illegal:
            words[beat] = with_illegal_positions(words[beat], config, rng)
    low, high = limits(config.acc_bits)
    biases = rng.choice([low, high, 0, 1000], size=len(lengths)).tolist()
    await row.load_beats(words, biases)
    shift = int(rng.integers(config.acc_bits - 1))
    cycles = await row.command(shift, relu, lengths, [beat.x for beat in beats])

    ends = np.cumsum(lengths) - 1
    assert row.outputs.cycles == [cycles[end] + pass_cycles(config) for end in ends]
    assert row.illegal.cycles == [cycles[beat] + 3 for beat in sorted(illegal)]
    overflows = saturations = 0
    for number, (bias, end) in enumerate(zip(biases, ends.tolist(), strict=True)):
        taken = range(end - lengths[number] + 1, end + 1)
        if illegal & set(taken):
            continue
        value = bias
        for beat in taken:
            total, overflow = add_wrap(value, beats[beat].total, config.acc_bits)
            value = int(total)
            overflows += int(overflow)
        y, saturated = write_back(value, shift, relu, config.activation_bits)
        saturations += int(saturated)
        assert row.outputs.values[number] == (int(y),), f"output {number}"
    if not illegal:
        assert row.bench["counters"].number == packed([saturations, overflows], 32)
        assert len(row.overflows.cycles) == overflows
