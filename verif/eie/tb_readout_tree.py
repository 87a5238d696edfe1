"""Bench of the readout tree; oracle: the words of the PEs that were asked."""

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.readout_tree import ReadoutTree
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.latencies import readout_latency
from zskip.model.eie.lnzd import tree_levels
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.unit import unit_bench, unit_config

COMMANDS = ("read", "count", "unit", "row", "counter")
"""Members of a command."""


class ReadoutChecker(Agent):
    """PEs that answer commands a cycle later, each with a word of its own.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    """

    def __init__(self, dut: HierarchyObject) -> None:
        self.config = config = unit_config()
        self.bits = STREAM_BITS + config.parity
        self.levels = len(tree_levels(config))
        bench = unit_bench(dut, ReadoutTree)
        self.given: list[tuple[int, ...]] = []
        self.words: list[int] = []
        self.seen: list[list[tuple[int, ...]]] = [[] for _ in range(config.pe_count)]
        self.asked: list[int] = []
        super().__init__(bench)

    def drive(self) -> None:
        """Let the PE that was asked in the cycle before give a word, and all others 0."""
        rng = self.bench.rng
        word = int.from_bytes(rng.bytes(9)) % (1 << self.bits)
        asked = False
        for pe, seen in enumerate(self.seen):
            mine = bool(seen) and seen[-1][2] == pe and any(seen[-1][:2])
            self.bench[f"words__{pe}"].set(word if mine else 0)
            asked |= mine
        self.asked.append(word if asked else 0)

    def sample(self, cycle: int) -> None:
        """Note what every PE sees, and what comes back."""
        self.given.append(self._command("i"))
        for pe, seen in enumerate(self.seen):
            seen.append(self._command(f"o__{pe}"))
        self.words.append(self.bench["word"].number)

    def _command(self, port: str) -> tuple[int, ...]:
        """Return the command at a port."""
        return tuple(self.bench[f"{port}__{name}"].number for name in COMMANDS)

    def command(self, density: float) -> None:
        """Ask for anything, or nothing."""
        rng, config = self.bench.rng, self.config
        asks = int(rng.random() < density)
        reads = int(rng.integers(2))
        values = (
            asks * reads,
            asks * (1 - reads),
            rng.integers(config.pe_count),
            rng.integers(config.activation_depth),
            rng.integers(4),
        )
        for name, value in zip(COMMANDS, values, strict=True):
            self.bench[f"i__{name}"].set(int(value))

    def compare(self) -> None:
        """Compare what came with what was given, a cycle later for each level."""
        assert self.levels * 2 + 1 == readout_latency(self.config)
        end = len(self.given) - self.levels
        for seen in self.seen:
            assert seen[self.levels :] == self.given[:end]
        assert self.words[self.levels :] == self.asked[:end]
        assert any(self.words)


@cocotb.test()
@cocotb.parametrize(density=(0.1, 0.5, 1.0))
async def words_of_all_pes(dut: HierarchyObject, density: float) -> None:
    """A command in each cycle, or in some: all see it, one answers, and the word comes back."""
    tree = ReadoutChecker(dut)
    await tree.bench.start()
    for _ in range(200):
        tree.command(density)
        await tree.bench.step()
    tree.compare()
