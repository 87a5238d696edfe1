"""Bench of the loader; oracle: the memories that `zskip.model.eie.packets` describes."""

from collections.abc import Iterator

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.loader import Loader
from zskip.model.common.bitfields import pack
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.eie.config import LANES, STREAM_BITS
from zskip.model.eie.packets import LOAD_HEADER, ErrorCode, Target, unpack_activations
from zskip.model.eie.schedule import pass_words
from zskip.verif.common.streams import PATTERNS, StreamSource, pauses
from zskip.verif.eie.unit import unit_bench, unit_config

Word = tuple[Target, int, int]
"""Memory, PE and address of a word."""

UNKNOWN = len(Target)
"""A target that names no memory."""


class Loading:
    """The loader with the memories behind it, and what they should hold.

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
        self.bench = unit_bench(dut, Loader)
        self.source = StreamSource(self.bench, "i", idle)
        self.depths = {
            Target.POINTERS: config.pointer_depth // 2,
            Target.SPMAT: config.spmat_depth,
            Target.BIAS: config.bias_depth,
            Target.ACTIVATIONS: config.vector_depth // LANES,
            Target.PROGRAM: pass_words(config) * config.pass_count,
        }
        self.memory: dict[Word, int] = {}
        self.expected: dict[Word, int] = {}
        self.writes: list[tuple[int, Word]] = []
        self.disable(disabled)
        self._was_enabled = True
        self.bench.add(self)

    def disable(self, pattern: str) -> None:
        """Take `enable` away by a pattern from the next cycle on."""
        self._disabled = pauses(pattern, self.bench.rng)

    def drive(self) -> None:
        """Enable the loader, or not."""
        self.bench["enable"].set(not next(self._disabled))

    def sample(self, cycle: int) -> None:
        """Let the memories take what the loader writes."""
        bench = self.bench
        enabled = bool(bench["enable"].number)
        assert enabled or not bench["i__ready"].number, f"ready in cycle {cycle}"
        for word, value in (*self._load_bus(), *self._program()):
            assert self._was_enabled, f"write in cycle {cycle} after one without enable"
            self.memory[word] = value
            self.writes.append((cycle, word))
        self._was_enabled = enabled

    def _load_bus(self) -> Iterator[tuple[Word, int]]:
        """Yield what the PEs take from the load bus in this cycle."""
        bus = {name: self.bench[f"load__{name}"].number for name in ("en", "target", "pe")}
        address, data = (self.bench[f"load__{name}"].number for name in ("address", "data"))
        if not bus["en"]:
            return
        if bus["target"] != Target.ACTIVATIONS:
            yield (Target(bus["target"]), bus["pe"], address), data
            return
        assert bus["pe"] % self.config.lanes == 0
        for lane in range(self.config.lanes):
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


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, disabled=PATTERNS)
async def random_packets(dut: HierarchyObject, idle: str, disabled: str) -> None:
    """Packets for every memory, with pauses and stretches without `enable` anywhere in them."""
    loading = Loading(dut, idle, disabled)
    await loading.bench.start()
    for _ in range(15):
        loading.send_good()
    await loading.finish()


@cocotb.test()
async def whole_memories(dut: HierarchyObject) -> None:
    """Packets that fill a memory, and packets for its last word alone."""
    loading = Loading(dut)
    await loading.bench.start()
    for target, depth in loading.depths.items():
        pe = loading.config.pe_count - 1 if target < Target.ACTIVATIONS else 0
        loading.send(target, 0, depth, pe=pe)
        loading.send(target, depth - 1, 1, pe=pe)
    await loading.finish()


@cocotb.test()
async def a_word_a_cycle(dut: HierarchyObject) -> None:
    """A header takes two cycles more than a word; words of activations wait for few PEs."""
    loading = Loading(dut)
    await loading.bench.start()
    expected, cycle = [], 0
    for target, depth in loading.depths.items():
        words = min(depth, 5)
        loading.send(target, 0, words)
        duration = LANES // loading.config.lanes if target is Target.ACTIVATIONS else 1
        ends = [cycle + 1 + duration * number for number in range(1, words + 1)]
        expected += [cycle, *ends]
        cycle = ends[-1] + 1
    await loading.finish()
    assert loading.source.cycles == expected


@cocotb.test()
async def a_write_one_cycle_later(dut: HierarchyObject) -> None:
    """A word reaches its memory in the cycle after the stream has given it."""
    loading = Loading(dut, "mostly")
    await loading.bench.start()
    for target in (Target.POINTERS, Target.SPMAT, Target.BIAS, Target.PROGRAM):
        loading.send(target, 0, min(4, loading.depths[target]))
    await loading.finish()
    words = [
        cycle + 1
        for cycle, item in zip(loading.source.cycles, loading.source.items, strict=True)
        if item in loading.expected.values()
    ]
    assert [cycle for cycle, _ in loading.writes] == words


@cocotb.test()
@cocotb.parametrize(code=("TARGET", "PE", "RANGE"))
async def bad_packets(dut: HierarchyObject, code: str) -> None:
    """A bad packet is dropped as a whole and reported; the packets around it count."""
    loading = Loading(dut, "seldom", "seldom")
    depths, pe_count = loading.depths, loading.config.pe_count
    per_pe = [target for target in depths if target < Target.ACTIVATIONS]
    central = [target for target in depths if target >= Target.ACTIVATIONS]
    bad = {
        "TARGET": [
            (UNKNOWN, 0, 3, 0),
            (255, 0, 1, 0),
            (UNKNOWN, 0, 2, pe_count),
            (UNKNOWN + 1, 1 << 19, 2, 0),
        ],
        "PE": [
            *((target, 0, 2, pe_count) for target in per_pe),
            *((target, 0, 2, 1) for target in central),
            (Target.BIAS, 0, 1, 0xFFFF),
            (Target.BIAS, depths[Target.BIAS], 2, pe_count),
        ],
        "RANGE": [
            *((target, depth, 1, 0) for target, depth in depths.items()),
            *((target, depth - 1, 2, 0) for target, depth in depths.items()),
            *((target, 0, depth + 1, 0) for target, depth in depths.items()),
            *((target, (1 << 20) - 1, 1, 0) for target in depths),
        ],
    }[code]
    for target, address, words, pe in bad:
        await loading.bench.start()
        loading.send_good()
        await loading.finish()
        loading.send(target, address, words, pe=pe, bad=True)
        await loading.finish(ErrorCode[code])
        loading.send_good()
        await loading.finish(ErrorCode[code])


@cocotb.test()
async def the_first_error_stays(dut: HierarchyObject) -> None:
    """Later errors do not replace the first one, until reset."""
    loading = Loading(dut)
    for code, other in ((ErrorCode.PE, ErrorCode.TARGET), (ErrorCode.TARGET, ErrorCode.PE)):
        packets = {
            ErrorCode.PE: (Target.BIAS, loading.config.pe_count),
            ErrorCode.TARGET: (UNKNOWN, 0),
        }
        await loading.bench.start()
        for target, pe in (packets[code], packets[other], packets[other]):
            loading.send(target, 0, 1, pe=pe, bad=True)
            await loading.finish(code)


@cocotb.test()
async def packets_without_data(dut: HierarchyObject) -> None:
    """A packet of no words does nothing, whatever it names; the next word is a header."""
    loading = Loading(dut)
    await loading.bench.start()
    for target in (*Target, UNKNOWN):
        for pe in (0, loading.config.pe_count):
            for address in (0, (1 << 20) - 1):
                loading.send(target, address, 0, pe=pe, bad=True)
        loading.send_good()
    await loading.finish()


@cocotb.test()
async def waits_for_enable(dut: HierarchyObject) -> None:
    """Without `enable` a packet stops wherever it is, and goes on where it stopped."""
    loading = Loading(dut, "never", "always")
    await loading.bench.start()
    for target, depth in loading.depths.items():
        loading.send(target, 0, min(depth, 3))
    await loading.bench.step(10)
    assert not loading.source.items
    while not loading.source.empty:
        for disabled in ("never", "always"):
            loading.disable(disabled)
            await loading.bench.step()
        taken, writes = len(loading.source.items), len(loading.writes)
        await loading.bench.step(2)
        assert len(loading.source.items) == taken
        assert len(loading.writes) == writes
    await loading.finish()
