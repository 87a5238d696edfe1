"""Bench of vectors with banks of inputs; oracle: four arrays."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.vectors import Vectors
from zskip.model.common.fixed import ACTIVATION_BITS, IntArray
from zskip.model.common.stream import LANES
from zskip.verif.bitlet.unit import unit_bench, unit_config
from zskip.verif.common.banks_checker import BanksChecker, side_by_side


class BeatsChecker(BanksChecker):
    """Checker that reads beats of activations, and takes each some cycles later.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    wide : bool
        Whether an activation takes two places.
    """

    def __init__(self, dut: HierarchyObject, wide: bool) -> None:
        self.config = config = unit_config()
        self.places = 1 + wide
        self.arriving: int | None = None
        self.taken: int | None = None
        self.showing: int | None = None
        super().__init__(
            unit_bench(dut, Vectors),
            depth=config.vector_depth,
            block=config.pe_count * self.places,
            lanes=min(LANES, config.pe_count),
        )

    def outputs(self) -> tuple[IntArray, int]:
        """Return an output of each engine; what one has above its places is not written."""
        given = self.random(self.config.pe_count * self.config.places)
        kept = given.reshape(-1, self.config.places)[:, : self.places]
        return kept.ravel(), side_by_side(given)

    def read(self, inputs: IntArray, *, wanted: bool) -> dict[str, int]:
        """Return what reads a beat, and takes the one in front of it; or neither."""
        rng, size = self.bench.rng, self.config.load_pairs * self.places
        moves = bool(rng.random() < 0.7) or not self.share
        wanted &= moves
        self.showing = self.taken
        beat = int(rng.integers(self.config.vector_depth // size))
        take = moves and self.arriving is not None
        self.taken = self.arriving if take else self.taken
        if moves:
            parts = inputs[beat * size :][:size].reshape(-1, self.places)
            width = self.config.places * ACTIVATION_BITS
            values = [side_by_side(part) << width * pair for pair, part in enumerate(parts)]
            self.arriving = sum(values) if wanted else None
        wide = {"commands__wide": self.places - 1} if self.config.places > 1 else {}
        return {"commands__read": wanted, "commands__beat": beat, "commands__take": take} | wide

    def sample(self, cycle: int) -> None:
        """Compare what was taken last, too."""
        super().sample(cycle)
        self.compare("x", self.showing, cycle)


@cocotb.test()
@cocotb.parametrize(wide=(False, True))
async def every_access_at_once(dut: HierarchyObject, wide: bool) -> None:
    """A bank is loaded while the other is read; outputs are written and others shown beside."""
    checker = BeatsChecker(dut, wide)
    if wide and checker.config.places == 1:
        return
    await checker.every_access_at_once()
