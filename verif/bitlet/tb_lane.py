"""Bench of a lane; oracle: the model's schedule of picks, and the terms that it stands for."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.lane import Lane
from zskip.model.bitlet.finder import Finder
from zskip.model.common.fixed import BoolArray, IntArray, limits
from zskip.verif.bitlet.unit import packed, unit_lanes
from zskip.verif.common.testbench import Events, Testbench


class TermsChecker:
    """Driver and checker of a lane.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.lanes = unit_lanes()
        self.finder = Finder(self.lanes.config)
        self.bench = Testbench(dut, Lane(self.lanes).signature)
        self.ends = Events(self.bench, "enable", "last")

    def group(self) -> tuple[BoolArray, IntArray, BoolArray]:
        """Return a column, activations and the signs of their weights, with extremes."""
        rng, pairs = self.bench.rng, self.lanes.config.pairs
        low, high = limits(self.lanes.activation_bits)
        drawn = rng.integers(low, high, pairs, endpoint=True)
        extreme = rng.choice([low, high], pairs)
        share = rng.choice([0, 0.5, 1])
        activations = np.where(rng.random(pairs) < share, extreme, drawn)
        column = rng.random(pairs) < rng.choice([0, 0.1, 0.5, 0.9, 1])
        return column, activations, rng.random(pairs) < rng.choice([0, 0.5, 1])

    def place(self, *, inverted: bool) -> int:
        """Choose a place for a group, the oldest one; say which columns are inverted."""
        bench, places = self.bench, self.lanes.config.run_ahead
        place = int(bench.rng.integers(places))
        others = int(bench.rng.integers(1 << places)) & ~(1 << place)
        bench["inverted"].set(others | inverted << place)
        bench["oldest"].set_bits(1 << place)
        bench["wrapped"].set_bits((1 << place) - 1)
        return place

    def among_others(self, values: list[int], bits: int, place: int) -> int:
        """Return the values of a group, with those of other groups beside them."""
        rng, places = self.bench.rng, self.lanes.config.run_ahead
        drawn = rng.integers(1 << bits, size=(places, len(values)))
        drawn[place] = values
        return packed(drawn.ravel().tolist(), bits)

    async def check(self, *, subtracted: bool) -> int:
        """Compare the terms of a group with what its schedule says; return its cycles."""
        bench, lanes = self.bench, self.lanes
        column, activations, negatives = self.group()
        folded = np.where(negatives, -activations, activations).tolist()
        inverted, picks = self.finder.schedule(column)
        wanted = [0 if pick is None else folded[pick] for pick in picks]
        if inverted:
            wanted = [-term for term in wanted]
            wanted[0] += sum(folded)
        wanted = [-term if subtracted else term for term in wanted]
        assert sum(wanted) == (-1) ** subtracted * sum(np.array(folded)[column].tolist())

        items = activations & ((1 << lanes.activation_bits) - 1)
        items |= negatives.astype(np.int64) << lanes.activation_bits
        place = self.place(inverted=inverted)
        beats = lanes.config.beats
        bench["write"].set(((1 << beats) - 1) << place * beats)
        bench["column"].set(packed(column.tolist(), 1))
        await bench.step()
        bench["write"].set(0)
        bench["items"].set(self.among_others(items.tolist(), lanes.item_bits, place))
        bench["subtracted"].set(subtracted)
        if lanes.config.invert:
            bench["group_sum"].set(self.among_others([sum(folded)], lanes.group_sum_bits, place))
        bench["enable"].set(1 << place)
        bench["opening"].set_bits(1)
        self.ends.clear()
        terms, picked = [], []
        for _ in range(len(wanted) + 2):
            await bench.step()
            bench["opening"].set_bits(0)
            terms.append(bench["term"].number)
            picked.append(bench["picked"].number)
        bench["enable"].set(0)
        await bench.step()
        assert terms == [*wanted, 0, 0]
        assert bench["term"].number == bench["picked"].number == 0
        assert picked == [*(pick is not None for pick in picks), 0, 0]
        done = [number >= len(wanted) - 1 for number in range(len(terms))]
        assert [bool(last) for (last,) in self.ends.values] == done
        return len(wanted)


@cocotb.test()
@cocotb.parametrize(subtracted=(False, True))
async def terms_of_random_columns(dut: HierarchyObject, subtracted: bool) -> None:
    """Columns of any density with signs of any kind, also where all is at its extreme."""
    checker = TermsChecker(dut)
    await checker.bench.start()
    cycles = [await checker.check(subtracted=subtracted) for _ in range(150)]
    config = checker.lanes.config
    if config.invert and not config.window:
        assert max(cycles) <= config.pairs // 2
