"""Bench of the read-out of a PE; oracle: the words of the result stream."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.eie.pe.read_out import ReadOut
from zskip.hw.eie.shell import COUNTER_WORDS
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.common.stream import STREAM_BITS, pack_activations
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.unit import unit_bench, unit_config


class ReadOutChecker(Agent):
    """Emitter and memories of a PE, with the word that must come of them.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = unit_config()
        self.pe = 0
        self.words: list[int] = []
        self._asked = ("", 0)
        self._expected = 0
        self._row = 0
        super().__init__(unit_bench(dut, ReadOut))

    def reset(self) -> None:
        """Forget what was asked for."""
        self._asked = ("", 0)

    def drive(self) -> None:
        """Ask some PE for something, and show what the memories would."""
        bench, rng, config = self.bench, self.bench.rng, self.config
        kind = str(rng.choice(["read", "count", ""]))
        unit, select = int(rng.integers(config.pe_count)), int(rng.integers(COUNTER_WORDS))
        activation = int(rng.integers(*limits(ACTIVATION_BITS), endpoint=True))
        counters, faulty = int(rng.integers(1 << 63)), int(rng.integers(1 << config.parity))
        self._expected = self._word(activation, counters, faulty)
        self._asked = (kind, unit)
        bench["pe"].set(self.pe)
        for name in ("read", "count"):
            bench[f"i__{name}"].set(int(kind == name))
        bench["i__unit"].set(unit)
        self._row = int(rng.integers(config.activation_depth))
        bench["i__row"].set(self._row)
        bench["i__counter"].set(select)
        bench["activation"].set(activation % (1 << ACTIVATION_BITS))
        bench["counters"].set(counters)
        bench["faulty_activation"].set(faulty)

    def _word(self, activation: int, counters: int, faulty: int) -> int:
        """Return the word for what was asked in the cycle before."""
        kind, unit = self._asked
        lanes = self.config.pes_per_beat
        if kind == "read" and unit // lanes == self.pe // lanes:
            row = np.zeros(lanes, dtype=np.int64)
            row[self.pe % lanes] = activation
            return int(pack_activations(row)[0]) | faulty << STREAM_BITS
        return counters if kind == "count" and unit == self.pe else 0

    def sample(self, cycle: int) -> None:
        """Compare the word, and what the memories are asked."""
        bench, lanes = self.bench, self.config.pes_per_beat
        self.words.append(bench["word"].number)
        assert self.words[-1] == self._expected, f"{self._asked} in cycle {cycle}"
        kind, unit = self._asked
        assert bench["row"].number == self._row
        assert bench["read"].number == (kind == "read" and unit // lanes == self.pe // lanes)


@cocotb.test()
async def words_of_each_pe(dut: HierarchyObject) -> None:
    """Outputs of the own group and counters of the own PE; else 0, whatever the others are."""
    out = ReadOutChecker(dut)
    for pe in range(out.config.pe_count):
        await out.bench.start()
        out.pe, out.words = pe, []
        await out.bench.step(80)
        assert any(out.words)


@cocotb.test()
async def counters_are_selected(dut: HierarchyObject) -> None:
    """Which counters are wanted shows a cycle later, together with their word."""
    bench = unit_bench(dut, ReadOut)
    await bench.start()
    for select in (*range(COUNTER_WORDS), 0):
        bench["i__counter"].set(select)
        await bench.step()
        assert bench["select"].number == select
