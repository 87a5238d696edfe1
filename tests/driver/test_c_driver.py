"""The C driver without RTL; oracle: a block of a few lines, whose results come at given times."""

import ctypes
import itertools
import shutil
import subprocess
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from zskip.files.drop.bench import TEMPLATES
from zskip.files.drop.register_header import register_header
from zskip.model.common.bitfields import pack
from zskip.model.common.registers import BY_NAME

OK, TIMEOUT, ROOM = 0, -4, -5
STATUS, CONTROL = BY_NAME["STATUS"], BY_NAME["CONTROL"]
BEATS = {BY_NAME["READ_BEATS"].offset, BY_NAME["TOTAL_READ_BEATS"].offset}
BUFFER = 2
"""Words that may wait at m_axis once a run has ended."""
RESULTS = (11, 12, 13)
POLLS = 40

NUMBER = ctypes.POINTER(ctypes.c_uint32)
WORDS = ctypes.POINTER(ctypes.c_uint64)
SIZE = ctypes.POINTER(ctypes.c_size_t)
FUNCTIONS: dict[str, Any] = {
    "read": ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32, NUMBER),
    "write": ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32),
    "send": ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, WORDS, ctypes.c_size_t),
    "receive": ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, WORDS, ctypes.c_size_t, SIZE),
}


class Io(ctypes.Structure):
    """The `zskip_io` of zskip.h."""

    _fields_ = (("context", ctypes.c_void_p), *FUNCTIONS.items())


class Block:
    """A block that offers a word of a run at each of some times; a read of a register is a time.

    Parameters
    ----------
    times : sequence of int
        When each word is offered at the earliest, counted from the start of its run.
    end : int
        When a run ends at the earliest.
    queued : bool
        Whether the system takes words on its own, into a queue that `receive` reads.
    """

    def __init__(self, times: Sequence[int], end: int, *, queued: bool) -> None:
        self.times, self.end, self.queued = times, end, queued
        self.now = self.sent = 0
        self.running = False
        self.to_come: list[tuple[int, int]] = []
        self.offered: list[int] = []
        self.queue: list[int] = []
        self.functions = {name: kind(getattr(self, name)) for name, kind in FUNCTIONS.items()}
        self.io = Io(None, *self.functions.values())

    def step(self) -> None:
        """Let time go on."""
        self.now += 1
        while self.to_come and self.to_come[0][0] <= self.now:
            self.offered.append(self.to_come.pop(0)[1])
        if self.queued:
            self.queue += self.take(len(self.offered))
        if self.now >= self.end and not self.to_come and len(self.offered) <= BUFFER:
            self.running = False

    def take(self, count: int) -> list[int]:
        """Take words from m_axis."""
        taken, self.offered = self.offered[:count], self.offered[count:]
        self.sent += len(taken)
        return taken

    def read(self, context: object, address: int, value: Any) -> int:
        self.step()
        if address == STATUS.offset:
            value[0] = pack(STATUS.fields, busy=self.running, sending=bool(self.offered))
        else:
            value[0] = self.sent if address in BEATS else 0
        return 0

    def write(self, context: object, address: int, value: int) -> int:
        assert address == CONTROL.offset
        if value == 1:
            self.now, self.running = 0, True
            self.to_come = list(zip(self.times, RESULTS, strict=False))
        else:
            self.running = False
            self.to_come, self.offered = [], self.offered[:BUFFER]
        return 0

    def send(self, context: object, words: object, count: int) -> int:
        return 0

    def receive(self, context: object, words: Any, room: int, count: Any) -> int:
        if self.queued:
            got, self.queue = self.queue[:room], self.queue[room:]
        else:
            got = self.take(room)
        for place, word in enumerate(got):
            words[place] = word
        count[0] = len(got)
        return 0


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The driver as a library."""
    folder = tmp_path_factory.mktemp("driver")
    for name in ("zskip.c", "zskip.h"):
        shutil.copy(TEMPLATES / name, folder)
    (folder / "zskip_registers.h").write_text(register_header())
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC"]
    compiler = shutil.which("cc") or "gcc"
    subprocess.run([compiler, *flags, "zskip.c", "-o", "zskip.so"], check=True, cwd=folder)
    return ctypes.CDLL(str(folder / "zskip.so"))


def finish(
    function: Any, block: Block, given: Sequence[object], room: int
) -> tuple[int, list[int]]:
    """Call a function that waits for results; return what it returns, and the words."""
    words, count = (ctypes.c_uint64 * (room + 1))(), ctypes.c_size_t()
    last = (words, ctypes.c_size_t(room), ctypes.byref(count), ctypes.c_uint32(POLLS))
    result = function(ctypes.byref(block.io), *given, *last)
    return result, words[: count.value]


def run(driver: ctypes.CDLL, block: Block, room: int) -> tuple[int, list[int]]:
    """Run once."""
    return finish(driver.zskip_run, block, [], room)


def run_many(driver: ctypes.CDLL, block: Block, room: int) -> tuple[int, list[int]]:
    """Run one vector by `zskip_run_many`."""
    packet = (ctypes.c_uint64 * 1)(0)
    given = (packet, ctypes.c_size_t(1), ctypes.c_size_t(1))
    return finish(driver.zskip_run_many, block, given, room)


SCHEDULES = list(
    itertools.product([(3, 3, 3), (3, 4, 5), (3, 9, 9), (9, 9, 9)], [2, 6, 9, 20], [False, True])
)
"""Times of the words, end of the run, and whether a queue takes them."""


@pytest.mark.parametrize("start", [run, run_many])
@pytest.mark.parametrize("room", range(5))
def test_room_is_only_too_small_for_more_results(
    driver: ctypes.CDLL, start: Callable[..., tuple[int, list[int]]], room: int
) -> None:
    """Whatever the times are; then an abort leaves nothing for the run behind it."""
    expected = (OK if room >= len(RESULTS) else ROOM, list(RESULTS[:room]))
    for times, end, queued in SCHEDULES:
        told = f"{times}, end {end}, queued {queued}"
        block = Block(times, end, queued=queued)
        assert start(driver, block, room) == expected, told
        assert driver.zskip_abort(ctypes.byref(block.io)) == OK
        assert [*block.offered, *block.queue] == [], told


@pytest.mark.parametrize("room", [0, 3])
def test_a_run_that_does_not_end_is_no_lack_of_room(driver: ctypes.CDLL, room: int) -> None:
    """It may still end without another word."""
    block = Block((3, 4, 5)[:room], 1000, queued=False)
    assert run(driver, block, room) == (TIMEOUT, list(RESULTS[:room]))
