"""Checker of vectors with banks of inputs, of any engine; oracle: four arrays."""

from abc import abstractmethod
from collections import deque

import numpy as np

from zskip.model.common.fixed import ACTIVATION_BITS, IntArray
from zskip.model.common.stream import LANES
from zskip.verif.common.testbench import Agent, Testbench

SHOW_LATENCY = 1
SETTLE = 4
"""Cycles behind which nothing is under way."""


class BanksChecker(Agent):
    """Driver of all ports by chance, and checker of every cycle, with what all memories hold.

    Parameters
    ----------
    bench : Testbench
        Of the vectors.
    depth : int
        Places of 16 bits in each memory.
    block : int
        Places that are written together.
    lanes : int
        Places that are shown together.
    """

    def __init__(self, bench: Testbench, *, depth: int, block: int, lanes: int) -> None:
        self.depth, self.block, self.lanes = depth, block, lanes
        self.banks = np.zeros((2, depth), dtype=np.int64)
        self.halves = np.zeros((2, depth), dtype=np.int64)
        self.fresh = self.bank = self.half = self.sending = 0
        self.number = self.checked = 0
        self.share = 0.7
        self.written = False
        self.shown: deque[int | None] = deque([None] * SHOW_LATENCY)
        super().__init__(bench)

    @abstractmethod
    def read(self, inputs: IntArray, *, wanted: bool) -> dict[str, int]:
        """Return what reads a part of the inputs, if it is wanted, and remember what must show."""

    @abstractmethod
    def outputs(self) -> tuple[IntArray, int]:
        """Return a block of random outputs in their places, and as the port takes them."""

    def random(self, count: int) -> IntArray:
        """Return random places."""
        return self.bench.rng.integers(1 << ACTIVATION_BITS, size=count)

    def drive(self) -> None:
        """Load the bank that is not read; read, write and show by chance."""
        rng = self.bench.rng
        load, read, write, show = (rng.random(4) < self.share).tolist()
        word, place = (int(rng.integers(self.depth // size)) for size in (LANES, self.lanes))
        loaded, (block, port) = self.random(LANES), self.outputs()
        # Outputs of this layer are shown behind it, those of the run before at any time.
        show = show and (self.sending or not write)
        values = {
            "commands__fresh": self.fresh,
            "commands__half": self.half,
            "commands__inputs": self.depth,
            "commands__restart": write and self.number == self.depth // self.block - 1,
            "bank": self.bank,
            "w_bank": 1 - self.bank,
            "sending": self.sending,
            "w_source__en": load,
            "w_source__address": word,
            "w_source__data": side_by_side(loaded),
            "w_outputs": write,
            "outputs": port,
            "show": show,
            "place": place,
        }
        inputs = self.banks[self.bank] if self.fresh else self.halves[self.half]
        for name, value in (values | self.read(inputs, wanted=read)).items():
            self.bench[name].set_bits(int(value))
        outputs = self.halves[self.half if self.sending else 1 - self.half]
        shown = side_by_side(outputs[place * self.lanes :][: self.lanes])
        self.shown.append(shown if show else None)
        if load:
            self.banks[1 - self.bank, LANES * word :][:LANES] = loaded
        if write:
            self.halves[1 - self.half, self.number * self.block :][: self.block] = block
            self.number = (self.number + 1) % (self.depth // self.block)

    def sample(self, cycle: int) -> None:
        """Compare what was shown."""
        self.compare("shown", self.shown.popleft(), cycle)

    def compare(self, port: str, wanted: int | None, cycle: int) -> None:
        """Compare a port, if anything is wanted and all memories are written."""
        if wanted is not None and self.written:
            assert self.bench[port].bits == wanted, (port, cycle)
            self.checked += 1

    async def change(self) -> None:
        """Begin another layer, or another run beside the outputs of the one before."""
        self.share = 0
        await self.bench.step(SETTLE)
        self.share = 0.7
        self.fresh, self.half, self.bank = self.bench.rng.integers(2, size=3).tolist()
        self.sending = int(self.fresh and self.bench.rng.random() < 0.5)

    async def every_access_at_once(self) -> None:
        """Write everything, and then let all accesses come in layer behind layer."""
        await self.bench.start()
        for memory in (0, 1):
            self.fresh, self.half, self.bank = 1, memory, memory
            await self.bench.step(40 * self.depth // min(self.block, LANES))
        self.written = True
        for _ in range(60):
            await self.change()
            await self.bench.step(int(self.bench.rng.integers(5, 60)))
        assert self.checked > 500


def side_by_side(places: IntArray, bits: int = ACTIVATION_BITS) -> int:
    """Return numbers of so many bits side by side, the first in the lowest ones."""
    mask = (1 << bits) - 1
    return sum((int(place) & mask) << number * bits for number, place in enumerate(places))
