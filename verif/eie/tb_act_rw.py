"""Bench of the activation read/write; oracle: the model's halves, layer after layer."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject
from numpy.typing import NDArray

from zskip.hw.eie.pe.act_rw import ActRW
from zskip.model.common.fixed import ACTIVATION_BITS, limits
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config
from zskip.model.eie.pe.act_rw import ActRW as Model
from zskip.verif.common.streams import PATTERNS, StreamSink
from zskip.verif.common.testbench import Agent, Events, Testbench
from zskip.verif.common.unit import write
from zskip.verif.eie.branch_agent import TurnAgent
from zskip.verif.eie.broadcasts import offers, told
from zskip.verif.eie.unit import unit_bench, unit_config

LATENCY = 3
"""Cycles from the begin of computing to the first activation of a word that is read."""

HELD_LATENCY = 1
"""The same of a word that is held."""

READ = 1
"""Cycle of computing in which the first word that is read is there."""


class OfferMonitor(Agent):
    """Monitor of when the stream of activations begins to offer each of them.

    Parameters
    ----------
    bench : Testbench
    sink : StreamSink
        An agent before this one.

    Attributes
    ----------
    cycles : list of int
        When.
    """

    def __init__(self, bench: Testbench, sink: StreamSink) -> None:
        self.cycles: list[int] = []
        self._sink = sink
        super().__init__(bench)

    def sample(self, cycle: int) -> None:
        """Note an activation that was not offered before."""
        taken = self._sink.cycles[-1:] == [cycle]
        if self._sink.offered and len(self.cycles) == len(self._sink.items) - taken:
            self.cycles.append(cycle)


class InputWriter(Agent):
    """Driver that writes an activation of the next input vector in every cycle, while `on`.

    Parameters
    ----------
    bench : Testbench
    values : ndarray of int64
        Where to note what was written, a place for each row.
    """

    def __init__(self, bench: Testbench, values: NDArray[np.int64]) -> None:
        self.on = False
        self.writes = 0
        self._values = values
        super().__init__(bench)

    def drive(self) -> None:
        """Write some row."""
        if not self.on:
            return
        row, value = self.writes % self._values.size, int(self.bench.rng.integers(1, 30_000))
        self._values[row] = value
        self.writes += 1
        for name, given in (("en", 1), ("address", row), ("data", value)):
            self.bench[f"w_source__{name}"].set(given)


class HalvesChecker:
    """Checker of the activation read/write of one of the PEs, with the model's halves.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    stall : str
        Pattern of pauses of the LNZD tree.
    """

    def __init__(self, dut: HierarchyObject, stall: str = "never") -> None:
        self.config: Config = unit_config()
        self.bench = unit_bench(dut, ActRW)
        self.sink = StreamSink(self.bench, "o__stream", stall)
        self.offers = OfferMonitor(self.bench, self.sink)
        self.more = Events(self.bench, "o__more")
        self.turn = TurnAgent(self.bench, "o") if self.config.tells_rounds else None
        self.depth = self.config.activation_depth
        self._storage = np.zeros((2, self.depth, 1), dtype=np.int64)
        self.inputs = np.zeros(self.depth, dtype=np.int64)
        self.bank = 0
        self.holds = False
        """Whether the first word of the next inputs is held."""
        self.writer = InputWriter(self.bench, self.inputs) if self.config.double_input else None

    async def start(self, pe: int | None = None) -> None:
        """Begin as one of the PEs, and fill both halves with values that must not be sent."""
        await self.bench.start()
        self.pe = int(self.bench.rng.integers(self.config.pe_count)) if pe is None else pe
        self.bench["pe"].set(self.pe)
        self.holds = False
        self.begin_run()
        await self.load(self.random_activations(0.0))
        await self.write_outputs(0, self.random_activations(0.0))
        if self.config.double_input:
            self.swap()
            await self.write_outputs(0, self.random_activations(0.0))
            self.begin_run()

    def begin_run(self) -> None:
        """Let the first half hold the inputs again."""
        self.model = Model(self._storage)
        self.bench["half"].set(0)
        self._half = 0
        self.fresh = bool(self.config.double_input)
        if self.fresh:
            self.bench["fresh"].set(1)

    def swap(self) -> None:
        """End a layer."""
        self.model.swap()
        self._half = 1 - self._half
        self.bench["half"].set(self._half)
        if self.fresh:
            self.fresh = False
            self.bench["fresh"].set(0)

    async def load(self, activations: NDArray[np.int64]) -> None:
        """Write the network's inputs from row 0 on."""
        if self.config.double_input:
            self.inputs[: activations.size] = activations
            self.bench["w_bank"].set(1 - self.bank)
        else:
            self._storage[0, : activations.size] = activations[:, np.newaxis]
            self.holds = self.config.holds_first_word
        await write(self.bench, "w_source", activations % (1 << ACTIVATION_BITS))
        self.change_bank()

    def change_bank(self) -> None:
        """Let the bank that was written be read."""
        if self.config.double_input:
            self.bank = 1 - self.bank
            self.bench["bank"].set(self.bank)

    async def write_outputs(
        self, row_base: int, activations: NDArray[np.int64], *, hands_on: bool = False
    ) -> None:
        """Write outputs of the layer, as the write-back does; `hands_on` if the layer ends."""
        if self.config.holds_first_word:
            self.bench["hands_on"].set(hands_on)
            self.holds |= hands_on and row_base == 0
        rows = row_base + np.arange(activations.size)
        self.model.write(rows, activations[:, np.newaxis])
        await write(self.bench, "w_output", activations % (1 << ACTIVATION_BITS), row_base)

    def random_activations(self, zeros: float, rows: int | None = None) -> NDArray[np.int64]:
        """Return activations of both signs, a share of them zeros."""
        rng = self.bench.rng
        size = self.depth if rows is None else rows
        low, high = limits(ACTIVATION_BITS)
        activations = rng.choice([low, -1, 1, high], size=size)
        middle = rng.integers(1, high, size=size) * rng.choice([-1, 1], size=size)
        activations = np.where(rng.random(size) < 0.5, middle, activations)
        activations[rng.random(size) < zeros] = 0
        return activations

    async def compute(self, inputs: int) -> None:
        """Send the part of an input vector out; compare what is sent, and when."""
        bench = self.bench
        rows = -(-(inputs - self.pe) // self.config.pe_count) if inputs > self.pe else 0
        source = self.inputs[:rows].copy() if self.fresh else self.model.source[:rows, 0]
        bench["inputs"].set(inputs)
        await bench.step(3)
        self.sink.clear()
        self.offers.cycles.clear()
        self.more.clear()
        begin = bench.cycle
        bench["compute"].set(1)
        vector = np.zeros(inputs, dtype=np.int64)
        mine = self.pe + self.config.pe_count * np.arange(rows)
        vector[mine] = source
        sent = [item for word in offers(vector, self.pe, self.config) for item in word]
        await bench.until(lambda: len(self.sink.items) == len(sent))
        for _ in range(rows // LANES + LATENCY + 2):
            await bench.step()
        bench["compute"].set(0)
        held, self.holds = self.holds, False
        assert told(self.sink.items) == sent
        if self.turn is not None:
            # When it goes on hangs on the turns; the cycle model of the whole array has that.
            return
        offered, end = self._timing(source, begin, held)
        assert self.offers.cycles == offered
        assert self.more.cycles == list(range(begin, end))

    def _timing(self, source: NDArray[np.int64], begin: int, held: bool) -> tuple[list[int], int]:
        """Return when each activation, or word, is offered, and when there is nothing more.

        What was offered before it must have left; when that was, the bench decides.
        """
        offers = []
        scan, end = begin - 1, begin
        for first in range(0, source.size, LANES):
            # The word moves into the register in cycle `scan`; it is held until its last pick.
            if first or not held:
                scan = max(scan, begin + READ)
            if self.config.in_groups:
                offers.append(scan + 1)
                scan = self.sink.cycles[len(offers) - 1]
                end = scan + 1
                continue
            pick = scan
            for _ in range(np.count_nonzero(source[first : first + LANES])):
                taken = self.sink.cycles[len(offers) - 1] if offers else begin
                pick = max(pick + 1, taken)
                offers.append(pick + 1)
            scan = max(pick, scan + 1)
            end = scan + 1
        if offers:
            end = max(end, self.sink.cycles[-1] + 1)
        return offers, end

    async def read_outputs(self) -> None:
        """Read every output row, as the emitter does; what was read last holds."""
        bench = self.bench
        for row in bench.rng.permutation(self.depth).tolist():
            bench["read"].set(1)
            bench["row"].set(row)
            await bench.step()
            bench["read"].set(0)
            bench["row"].set(int(bench.rng.integers(self.depth)))
            await bench.step(int(bench.rng.integers(2)))
            assert bench["activation"].number == self.model.destination[row, 0], f"row {row}"

    def random_inputs(self) -> int:
        """Return the length of an input vector."""
        return int(self.bench.rng.integers(1, self.config.vector_depth, endpoint=True))


@cocotb.test()
@cocotb.parametrize(stall=PATTERNS, zeros=(0.0, 0.6, 0.95))
async def layers_one_after_the_other(dut: HierarchyObject, stall: str, zeros: float) -> None:
    """The halves change roles from layer to layer, not from pass to pass; runs follow runs."""
    halves = HalvesChecker(dut, stall)
    await halves.start()
    for _ in range(2):
        # Which half held the last inputs of the run before does not matter.
        await halves.load(halves.random_activations(zeros))
        halves.begin_run()
        for passes, hands_on in ((1, True), (2, True), (1, False)):
            inputs = halves.random_inputs()
            for number in range(passes):
                await halves.compute(inputs)
                ends = hands_on and number == passes - 1
                row_base = int(halves.bench.rng.integers(halves.depth))
                row_base *= int(halves.bench.rng.integers(2))
                outputs = halves.random_activations(zeros, halves.depth - row_base)
                await halves.write_outputs(row_base, outputs, hands_on=ends)
                await halves.read_outputs()
            halves.swap()


@cocotb.test()
@cocotb.parametrize(stall=("never", "bursts"))
async def vectors_of_every_length(dut: HierarchyObject, stall: str) -> None:
    """Vectors end anywhere in a row and in a word; nothing behind their end is sent."""
    halves = HalvesChecker(dut, stall)
    pe_count = halves.config.pe_count
    for pe in {0, pe_count - 1}:
        await halves.start(pe)
        longest = halves.config.vector_depth
        word = LANES * pe_count
        around = {edge + i for edge in (0, word, longest - word, longest) for i in range(-5, 6)}
        around |= {i * pe_count + pe + j for i in range(6) for j in (0, 1)}
        for inputs in sorted(around):
            if 0 < inputs <= longest:
                await halves.compute(inputs)


@cocotb.test()
async def one_a_cycle(dut: HierarchyObject) -> None:
    """Nothing leaves before computing; then without a pause, from the cycle on that is told."""
    halves = HalvesChecker(dut)
    reads = halves.config.double_input or not halves.config.holds_first_word
    await halves.start()
    await halves.bench.step(5)
    assert not halves.sink.items
    # A word that leaves whole is not registered again.
    words = halves.config.in_groups
    for latency in (LATENCY if reads else HELD_LATENCY, LATENCY):
        begin = halves.bench.cycle + 3 + latency - words
        await halves.compute(halves.config.vector_depth)
        sent = halves.depth // halves.config.broadcast_size
        cycles = list(range(begin, begin + sent))
        if words and latency == HELD_LATENCY:
            # The second word is read from then on.
            cycles[1:] = [cycle + 1 for cycle in cycles[1:]]
        assert halves.sink.cycles == cycles


@cocotb.test()
async def all_zero_activations(dut: HierarchyObject) -> None:
    """There is nothing to send; a word without an activation takes one cycle."""
    halves = HalvesChecker(dut)
    await halves.start()
    await halves.load(np.zeros(halves.depth, dtype=np.int64))
    await halves.compute(halves.config.vector_depth)
    if halves.turn is None:
        words = halves.depth // LANES
        reads = halves.config.double_input or not halves.config.holds_first_word
        behind = LATENCY - 1 if reads else min(READ, words - 1)
        assert len(halves.more.cycles) == words + behind


@cocotb.test()
async def one_activation_alone(dut: HierarchyObject) -> None:
    """A single value in any row, the smallest one among them, is found."""
    halves = HalvesChecker(dut, "seldom")
    await halves.start()
    for row in range(halves.depth):
        vector = np.zeros(halves.depth, dtype=np.int64)
        vector[row] = halves.bench.rng.choice([1, -1, 256, limits(ACTIVATION_BITS)[0]])
        await halves.load(vector)
        await halves.compute(halves.config.vector_depth)


@cocotb.test()
async def waits_for_the_tree(dut: HierarchyObject) -> None:
    """An activation is offered before it is asked for, and holds; there is more until it leaves."""
    halves = HalvesChecker(dut, "always")
    await halves.start()
    await halves.load(halves.random_activations(0.0))
    halves.bench["inputs"].set(halves.pe + 1)
    await halves.bench.step(3)
    halves.bench["compute"].set(1)
    await halves.bench.step(20)
    assert halves.sink.offered
    assert halves.bench["o__more"].number
    halves.sink.pause("never")
    await halves.bench.step(2)
    assert len(halves.sink.items) == 1
    assert not halves.bench["o__more"].number


@cocotb.test()
async def waits_for_its_turn(dut: HierarchyObject) -> None:
    """In rounds, a word without an activation is passed over only when it has its turn."""
    halves = HalvesChecker(dut)
    if halves.turn is None or halves.depth < 3 * LANES:
        return
    await halves.start()
    vector = np.zeros(halves.depth, dtype=np.int64)
    vector[2 * LANES] = 7
    await halves.load(vector)
    halves.bench["inputs"].set(halves.config.vector_depth)
    await halves.bench.step(3)
    halves.turn.held = True
    halves.bench["compute"].set(1)
    await halves.bench.step(20)
    # Its first word has had its turn; the second one waits for it.
    assert halves.bench["o__round"].number == 1
    assert halves.bench["o__more"].number
    assert not halves.sink.offered
    halves.turn.held = False
    await halves.bench.until(lambda: len(halves.sink.items) == 1)


@cocotb.test()
async def nothing_to_give(dut: HierarchyObject) -> None:
    """A PE that owns no part of a short vector never says that there is more."""
    halves = HalvesChecker(dut)
    await halves.start(halves.config.pe_count - 1)
    if halves.config.pe_count > 1:
        await halves.compute(1)
        assert not halves.more.cycles


@cocotb.test()
async def neighbors_of_a_write(dut: HierarchyObject) -> None:
    """A write changes its own row alone, in its own half."""
    halves = HalvesChecker(dut)
    await halves.start()
    for row in range(halves.depth):
        await halves.write_outputs(row, halves.random_activations(0.3, 1))
        if row % 5 == 0:
            await halves.read_outputs()
            await halves.compute(halves.config.vector_depth)
    halves.swap()
    await halves.read_outputs()
    await halves.compute(halves.config.vector_depth)


@cocotb.test()
@cocotb.parametrize(stall=("never", "bursts"))
async def next_inputs_meanwhile(dut: HierarchyObject, stall: str) -> None:
    """With banks of inputs, the next vector is written while one is sent, and outputs are read."""
    halves = HalvesChecker(dut, stall)
    if halves.writer is None:
        return
    await halves.start()
    await halves.load(halves.random_activations(0.3))
    longest = halves.config.vector_depth
    for _ in range(4):
        halves.bench["w_bank"].set(1 - halves.bank)
        halves.writer.on = True
        await halves.compute(longest)
        await halves.bench.step(halves.depth)
        halves.writer.on = False
        halves.bench["w_source__en"].set(0)
        await halves.read_outputs()
        halves.change_bank()
        await halves.compute(longest)
    assert halves.writer.writes > 4 * halves.depth
