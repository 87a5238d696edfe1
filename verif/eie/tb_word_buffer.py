"""Bench of the word buffer; oracle: the model's entries, behind its words of a column."""

from collections.abc import Iterable

import cocotb
from cocotb.handle import HierarchyObject

from zskip.hw.eie.interfaces import word_layout
from zskip.hw.eie.pe.word_buffer import WordBuffer
from zskip.verif.common.checkers import StreamChecker
from zskip.verif.common.ports import random_values
from zskip.verif.common.streams import PATTERNS
from zskip.verif.common.testbench import Events
from zskip.verif.eie.unit import unit_bench, unit_config
from zskip.verif.eie.words_stimulus import (
    PADDING,
    Matrix,
    Unpacking,
    Word,
    pattern_matrix,
    random_columns,
    random_matrix,
)

LATENCY = 2
"""Cycles from a word to its first entry."""


class WordBufferChecker(StreamChecker):
    """Checker of the word buffer, with the words of columns in front of it.

    Parameters
    ----------
    dut : cocotb.handle.HierarchyObject
        Toplevel.
    idle, stall : str
        Patterns of pauses in front of the unit and behind it.
    """

    def __init__(self, dut: HierarchyObject, idle: str = "never", stall: str = "never") -> None:
        self.config = unit_config()
        bench = unit_bench(dut, WordBuffer)
        self.busy = Events(bench, "busy")
        self.words: list[Word] = []
        self._kept: list[Word] = []
        self._unpacking = False
        super().__init__(bench, idle, stall)

    def reset(self) -> None:
        """Begin anew."""
        for recorded in (self.source, self.sink, self.expected, self.words, self._kept):
            recorded.clear()
        self._unpacking = False

    def send(self, matrix: Matrix, columns: Iterable[tuple[int, int]]) -> None:
        """Send the words of columns, given by their first entry and the one past their last."""
        modulus = 1 << self.config.gap_bits
        layout, rng = word_layout(self.config), self.bench.rng
        for start, end in columns:
            (value,) = (item["value"] for item in random_values(layout, rng, 1))
            self.expected += matrix.entries(value, start, end)
            for word in matrix.words(start, end):
                (item,) = random_values(layout, rng, 1)
                if not word.empty:
                    item |= {
                        "entries": int(matrix.image[word.address]),
                        "slot": word.slot,
                        "last_slot": word.last_slot,
                        "base": word.address * self.config.entries_per_word % modulus,
                        "start": start % modulus,
                    }
                flags = {"first": int(word.first), "empty": int(word.empty)}
                self.source.send([item | {"value": value} | flags])
                self.words.append(word)

    def sample(self, cycle: int) -> None:
        """Check that padding never waits, and that a word in hand leaves no bubble."""
        taken = self.source.cycles[-1:] == [cycle]
        assert self.sink.offered or not self._unpacking, f"bubble in cycle {cycle}"
        # Only an empty column can be in hand without an entry.
        empty = any(word.empty for word in self._kept[-2:])
        self._unpacking = bool(self.bench["busy"].number) and not empty
        if self.source.offered:
            word = self.words[len(self.source.items) - taken]
            assert taken or not word.dropped, f"a word of padding waits in cycle {cycle}"
            if taken and not word.dropped:
                self._kept.append(word)

    async def finish(self, rest: int = LATENCY + 2) -> None:
        """Wait for all entries, and compare."""
        await super().finish(0)
        self.sink.pause("never")
        await super().finish(rest)
        assert not self.bench["busy"].number

    async def finish_on_time(self, begin: int) -> None:
        """Wait for all entries of words offered from a cycle on, and compare when they came."""
        await self.finish()
        unpacking = Unpacking()
        cycle = begin
        for word in self.words:
            cycle = unpacking.offer(word, cycle) + 1
        assert self.source.cycles == unpacking.taken
        assert self.sink.cycles == unpacking.given
        assert self.busy.cycles == sorted(unpacking.held)


@cocotb.test()
@cocotb.parametrize(idle=PATTERNS, stall=PATTERNS)
async def random_words(dut: HierarchyObject, idle: str, stall: str) -> None:
    """Columns anywhere, with little and much padding in them."""
    buffer = WordBufferChecker(dut, idle, stall)
    await buffer.bench.start()
    rng = buffer.bench.rng
    for padding in PADDING:
        columns = random_columns(buffer.config, rng, 12)
        buffer.send(random_matrix(buffer.config, rng, padding), columns)
    await buffer.finish()


@cocotb.test()
@cocotb.parametrize(padding=PADDING)
async def one_entry_a_cycle(dut: HierarchyObject, padding: float) -> None:
    """Without pauses every word is taken and every entry given in its cycle: no bubble."""
    buffer = WordBufferChecker(dut)
    await buffer.bench.start()
    rng = buffer.bench.rng
    columns = random_columns(buffer.config, rng, 60, 3.0 / (1 - padding))
    buffer.send(random_matrix(buffer.config, rng, padding), columns)
    await buffer.finish_on_time(buffer.bench.cycle)


@cocotb.test()
async def latency_of_a_word(dut: HierarchyObject) -> None:
    """The first entry of a word comes two cycles after the word."""
    buffer = WordBufferChecker(dut)
    await buffer.bench.start()
    matrix = pattern_matrix(buffer.config, "e")
    for _ in range(3):
        buffer.sink.clear()
        buffer.expected.clear()
        buffer.send(matrix, [(0, 1)])
        await buffer.finish()
        assert buffer.sink.cycles == [buffer.source.cycles[-1] + LATENCY]


@cocotb.test()
@cocotb.parametrize(pattern=("pe", "pppe", "epe", "lpf", "fl", "plfp", "eppppe", "p"))
@cocotb.parametrize(stall=("never", "mostly"))
async def words_of_padding(dut: HierarchyObject, pattern: str, stall: str) -> None:
    """Words of padding at the start, in the middle and at the end of columns.

    Columns begin and end in the middle of words as well.
    """
    buffer = WordBufferChecker(dut, "never", stall)
    await buffer.bench.start()
    begin = buffer.bench.cycle
    last, middle = buffer.config.spmat_entries, buffer.config.entries_per_word // 2
    columns = [(start, end) for start in (0, middle) for end in (last, last - middle)]
    columns = [column for column in columns if column[0] < column[1]]
    buffer.send(pattern_matrix(buffer.config, pattern), columns)
    if stall == "never":
        await buffer.finish_on_time(begin)
    else:
        await buffer.finish()


@cocotb.test()
async def a_column_of_padding_alone(dut: HierarchyObject) -> None:
    """Columns without a real entry leave nothing behind for the gap of the next one."""
    buffer = WordBufferChecker(dut)
    await buffer.bench.start()
    begin = buffer.bench.cycle
    size = buffer.config.entries_per_word
    some = buffer.config.spmat_entries
    columns = [(0, 1), (0, min(size, some)), (some - 1, some), (0, some), (0, 1), (0, some)]
    buffer.send(pattern_matrix(buffer.config, "pe"), columns)
    await buffer.finish_on_time(begin)


@cocotb.test()
@cocotb.parametrize(stall=("never", "mostly"))
async def empty_columns(dut: HierarchyObject, stall: str) -> None:
    """Without a column queue, each empty column takes one cycle; they come in runs."""
    buffer = WordBufferChecker(dut, "never", stall)
    await buffer.bench.start()
    begin = buffer.bench.cycle
    last = buffer.config.spmat_entries
    empty = [] if buffer.config.column_queue_depth else [(0, 0), (last, last), (1, 1)]
    some = [(0, 1), (last - 1, last), (0, last)]
    buffer.send(
        random_matrix(buffer.config, buffer.bench.rng, 0.3),
        [*empty * 3, *some, *empty, *some, *empty[:1], *some[::-1], *empty * 2],
    )
    if stall == "never":
        await buffer.finish_on_time(begin)
    else:
        await buffer.finish()


@cocotb.test()
async def what_it_holds(dut: HierarchyObject) -> None:
    """An entry and two words are held while nothing is taken; more padding still passes by."""
    buffer = WordBufferChecker(dut, "never", "always")
    await buffer.bench.start()
    size = buffer.config.entries_per_word
    if buffer.config.spmat_depth < 2:
        return
    matrix = pattern_matrix(buffer.config, "ep")
    buffer.send(matrix, [(0, size)] * 5)
    await buffer.bench.step(20)
    # The only entry of a word moves to `o`, so that a third word finds room.
    held = 2 if size > 1 else 3
    assert len(buffer.source.items) == held
    assert buffer.sink.offered
    buffer.sink.pause("never")
    await buffer.finish()


@cocotb.test()
async def reset_in_the_middle(dut: HierarchyObject) -> None:
    """A reset forgets what is held, and that a first word was dropped."""
    buffer = WordBufferChecker(dut)
    matrix = pattern_matrix(buffer.config, "pe")
    size, last = buffer.config.entries_per_word, buffer.config.spmat_entries
    for words in (1, 2, 3, 4):
        await buffer.bench.start()
        buffer.send(matrix, [(0, min(words * size, last))])
        await buffer.bench.until(lambda: buffer.source.empty)
        await buffer.bench.start()
        buffer.send(matrix, [(1 % size, min(2 * size, last))])
        await buffer.finish()
