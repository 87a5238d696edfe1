"""Bench of the loader of groups; oracle: the groups themselves, and NumPy's sums over them."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.group_loader import GroupLoader
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.verif.bitlet.stimulus import Batch, random_batch
from zskip.verif.bitlet.unit import packed, unit_lanes
from zskip.verif.common.streams import StreamSource
from zskip.verif.common.testbench import Agent, Testbench

GROUPS = 40
"""Groups that are sent in a test."""

Group = tuple[int, ...]
"""Activations, signs, columns, inverted columns, sums, first, last; as the ports have them."""


class Lanes(Agent):
    """What the lanes do: they take parts of a group, have it for some cycles, and let go of it.

    Parameters
    ----------
    bench : Testbench
    lanes : LaneFormat
        Lanes of the engine.
    ending : float
        Share of the cycles in which the group ends.
    """

    def __init__(self, bench: Testbench, lanes: LaneFormat, ending: float) -> None:
        self.lanes = lanes
        self.ending = ending
        self.groups: list[Group] = []
        self.held = 0
        self.open = False
        self._beats = 0
        self._written = {"activations": 0, "negatives": 0, "columns": 0}
        super().__init__(bench)

    def drive(self) -> None:
        """Have a group, and end it in some cycles."""
        self.bench["full"].set(self.open)
        self.bench["ends"].set(self.open and self.bench.rng.random() < self.ending)

    def sample(self, cycle: int) -> None:
        """Take what is written, and compare when beats are taken and groups open."""
        bench, config = self.bench, self.lanes.config
        ends = bench["ends"].bits
        assert bench["i__ready"].bits == (self.held < config.banks), f"ready in cycle {cycle}"
        if bench["i__valid"].bits and bench["i__ready"].bits:
            self._beats += 1
            self.held += self._beats % config.beats == 0
        self._write(bench["write"].bits)
        others = self.held - self.open
        opens = others > 0 and (not self.open or ends)
        assert bench["opens"].bits == opens, f"opens in cycle {cycle}"
        if opens:
            names = ("inverted", "sums", "first", "last")
            self.groups.append((*self._written.values(), *(bench[name].bits for name in names)))
        self.held -= ends
        self.open = bool(opens or (self.open and not ends))

    def _write(self, write: int) -> None:
        """Take the parts that are written; a column is a part of every `pairs` bits."""
        config, lanes = self.lanes.config, self.lanes
        widths = {"activations": lanes.activation_bits, "negatives": 1, "columns": 1}
        counts = {"activations": 1, "negatives": lanes.rows, "columns": lanes.lanes}
        for name, bits in widths.items():
            part = (1 << config.load_pairs * bits) - 1
            mask = 0
            for vector in range(counts[name]):
                for beat in range(config.beats):
                    place = vector * config.pairs + beat * config.load_pairs
                    mask |= (write >> beat & 1) * part << place * bits
            self._written[name] = self._written[name] & ~mask | self.bench[name].bits & mask


def groups_of(lanes: LaneFormat, batch: Batch, mask: int) -> list[Group]:
    """Return the groups of a batch as the lanes get them."""
    config, groups = lanes.config, []
    for group in range(batch.groups):
        signs = batch.negatives[:, group]
        signs = np.repeat(signs, lanes.rows // len(signs), axis=0)
        columns = batch.magnitudes[group] & mask
        columns = columns >> np.arange(lanes.lanes)[:, None] & 1
        activations = batch.activations[group]
        folded = np.where(signs, -activations, activations).sum(axis=1).tolist()
        inverted = (columns.sum(axis=1) > config.pairs // 2) & bool(config.invert)
        groups.append(
            (
                packed(activations.tolist(), lanes.activation_bits),
                packed(signs.ravel().tolist(), 1),
                packed(columns.ravel().tolist(), 1),
                packed(inverted.tolist(), 1),
                packed(folded, lanes.group_sum_bits) if config.invert else 0,
                int(group == 0),
                int(group == batch.groups - 1),
            )
        )
    return groups


@cocotb.test()
@cocotb.parametrize(
    joined=(False, True), idle=("never", "seldom", "mostly"), ending=(0.05, 0.5, 1.0)
)
async def groups_in_order(dut: HierarchyObject, joined: bool, idle: str, ending: float) -> None:
    """Every group comes whole, as soon as it can, with its sums; beats wait only for room."""
    lanes = unit_lanes()
    if joined and lanes.rows == 1:
        return
    bench = Testbench(dut, GroupLoader(lanes).signature)
    source = StreamSource(bench, "i", idle)
    taken = Lanes(bench, lanes, ending)
    await bench.start()
    mask = int(bench.rng.integers(1 << lanes.lanes)) | 1
    bench["joined"].set(joined)
    bench["mask"].set(mask)
    wanted: list[Group] = []
    while len(wanted) < GROUPS:
        batch = random_batch(
            lanes,
            bench.rng,
            rows=1 if joined else lanes.rows,
            groups=int(bench.rng.integers(1, 5)),
            signed=False,
            mask=mask,
        )
        source.send(batch.beats())
        wanted += groups_of(lanes, batch, mask)
    await bench.until(lambda: len(taken.groups) == len(wanted))
    assert taken.groups == wanted
