"""Checker of the loader: a stream of packets in front of it, the memories behind."""

from collections.abc import Iterator

import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.common.loader import HALF_BIT
from zskip.hw.eie.shell import loader
from zskip.model.common.bitfields import pack
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES, LOAD_HEADER, STREAM_BITS, ErrorCode, unpack_activations
from zskip.model.eie.packets import Target
from zskip.verif.common.streams import StreamSource, pauses
from zskip.verif.common.testbench import Agent
from zskip.verif.eie.block_stimulus import block_memories
from zskip.verif.eie.unit import unit_bench, unit_config

Word = tuple[Target, int, int]
"""Memory, PE and address of a word."""

UNKNOWN = len(Target)
"""A target that names no memory."""


class LoaderChecker(Agent):
    """Checker of the loader: the memories behind it, and what they must hold.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle : str
        Pattern of pauses of the stream.
    disabled : str
        Pattern of the cycles in which `enable` is low.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", disabled: str = "never") -> None:
        self.config = config = unit_config()
        bench = unit_bench(dut, loader)
        self.source = StreamSource(bench, "i", idle)
        self.depths = {Target(code): depth for code, (depth, _) in block_memories(config).items()}
        self.memory: dict[Word, int] = {}
        self.expected: dict[Word, int] = {}
        self.writes: list[tuple[int, Word]] = []
        self._disabled = pauses(disabled, bench.rng)
        self._was_enabled = True
        self._half = 0
        self.banks = bool(config.double_input)
        self._granted: str | None = None
        super().__init__(bench)

    def disable(self, pattern: str) -> None:
        """Take `enable` away by a pattern from the next cycle on."""
        self._disabled = pauses(pattern, self.bench.rng)

    def grant(self, name: str | None) -> None:
        """Take `enable` and `room` away, but for this one; neither for None."""
        self._granted = name

    def drive(self) -> None:
        """Enable the loader, or not."""
        disabled = next(self._disabled)
        self.bench["enable"].set(not disabled)
        if self.banks:
            self.bench["pause"].set(disabled)
            self.bench["room"].set(not disabled)
            self.bench["half"].set(int(self.bench.rng.integers(2)))
        if self._granted is not None:
            for name in ("enable", "room"):
                self.bench[name].set(name == self._granted)

    def sample(self, cycle: int) -> None:
        """Let the memories take what the loader writes."""
        bench = self.bench
        enabled = self._granted is not None or bool(bench["enable"].number)
        assert enabled or not bench["i__ready"].number, f"ready in cycle {cycle}"
        for word, value in (*self._load_bus(), *self._program()):
            assert self._was_enabled, f"write in cycle {cycle} after one without enable"
            self.memory[word] = value
            self.writes.append((cycle, word))
        self._was_enabled = enabled
        self._half = self.bench["half"].number if self.banks else 0

    def _load_bus(self) -> Iterator[tuple[Word, int]]:
        """Yield what the PEs take from the load bus in this cycle."""
        bus = {name: self.bench[f"load__{name}"].number for name in ("en", "target", "pe")}
        address, data = (self.bench[f"load__{name}"].number for name in ("address", "data"))
        if not bus["en"]:
            return
        if bus["target"] != Target.ACTIVATIONS:
            yield (Target(bus["target"]), bus["pe"], address), data
            return
        address -= self._half << HALF_BIT
        assert bus["pe"] % self.config.pes_per_beat == 0
        for lane in range(self.config.pes_per_beat):
            value = data >> lane * ACTIVATION_BITS & ((1 << ACTIVATION_BITS) - 1)
            yield (Target.ACTIVATIONS, bus["pe"] + lane, address), value

    def _program(self) -> Iterator[tuple[Word, int]]:
        """Yield what the program memory takes in this cycle."""
        port = {name: self.bench[f"w_program__{name}"].number for name in ("en", "address", "data")}
        if port["en"]:
            yield (Target.PROGRAM, 0, port["address"]), port["data"]

    def send(
        self, target: int, address: int, words: int, *, pe: int = 0, bad: bool = False
    ) -> None:
        """Send a packet with random data; expect its effect, or none of a bad one."""
        rng = self.bench.rng
        data = np.frombuffer(rng.bytes(words * STREAM_BITS // 8), dtype="<u8")
        self.source.send(
            [pack(LOAD_HEADER, target=target, pe=pe, address=address, words=words), *data.tolist()]
        )
        if not bad:
            self._expect(Target(target), address, pe, data)

    def _expect(self, target: Target, address: int, pe: int, data: NDArray[np.uint64]) -> None:
        if target != Target.ACTIVATIONS:
            for offset, word in enumerate(data.tolist()):
                self.expected[target, pe, address + offset] = word
            return
        activations = unpack_activations(data, LANES * data.size)
        for index, value in enumerate(activations.tolist(), LANES * address):
            row, number = divmod(index, self.config.pe_count)
            self.expected[target, number, row] = value % (1 << ACTIVATION_BITS)

    def send_part(self, target: Target, words: int, sent: int) -> None:
        """Send the header of a packet and only a part of its data."""
        data = np.frombuffer(self.bench.rng.bytes(sent * STREAM_BITS // 8), dtype="<u8")
        header = pack(LOAD_HEADER, target=target, pe=0, address=0, words=words)
        self.source.send([header, *data.tolist()])
        self._expect(target, 0, 0, data)

    def send_good(self) -> None:
        """Send a random packet that fits."""
        rng = self.bench.rng
        target = list(Target)[rng.integers(len(Target))]
        address = int(rng.integers(self.depths[target]))
        words = int(rng.integers(1, min(12, self.depths[target] - address) + 1))
        has_pe = target < Target.ACTIVATIONS
        pe = int(rng.integers(self.config.pe_count)) if has_pe else 0
        self.send(target, address, words, pe=pe)

    async def finish(self, error: ErrorCode = ErrorCode.NONE) -> None:
        """Wait until the stream is used up, and compare every memory."""
        await self.bench.until(lambda: self.source.empty)
        self.disable("never")
        await self.bench.step(4)
        assert self.memory == self.expected
        assert self.bench["error"].number == error
