"""The serial protocol of a block behind a UART: messages of bytes in both directions.

A message is a byte that says which, and its data. The host loads words, starts runs, asks for the
status and resets; the block answers with words of results, and with its status when it is asked
and when a run ends. A reset is understood wherever the block stands: `RESYNC` brings it back.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from zskip.model.common.stream import STREAM_BITS

WORD_BYTES = STREAM_BITS // 8
"""Bytes of a word, the lowest first."""


class Command(IntEnum):
    """First byte of a message to the block."""

    LOAD = ord("L")
    START = ord("S")
    STATUS = ord("Q")
    RESET = ord("R")


COMMANDS = {
    Command.LOAD: "a word of the load stream, 8 bytes, the lowest first",
    Command.START: "begin a run",
    Command.STATUS: "ask for the status",
    Command.RESET: "reset the block; it forgets errors, not the contents of its memories",
}
"""Meaning of each command."""


class Reply(IntEnum):
    """First byte of a message from the block."""

    WORD = ord("w")
    LAST = ord("e")
    STATUS = ord("s")


REPLIES = {
    Reply.WORD: "a word of the result stream, 8 bytes, the lowest first",
    Reply.LAST: "the same, and it is the last of its packet",
    Reply.STATUS: "the status, one byte; sent when it is asked for and when a run has ended",
}
"""Meaning of each reply."""

LEAST_DIVISOR = 4
"""Fewest cycles that a bit can have."""

BUSY_BIT, OVERFLOW_BIT, LOST_BIT, ERROR_BIT = 0, 1, 2, 4
"""Where the fields of a status begin; the error code is the topmost."""

RESYNC = bytes([Command.RESET] * (1 + WORD_BYTES))
"""Bytes that end whatever message the block waits for, and reset it."""


class Status(NamedTuple):
    """What a block says of itself.

    Parameters
    ----------
    busy : bool
        A run is under way.
    overflow : bool
        An addition has left the accumulator's range since the run began.
    lost : bool
        Since the reset a byte had no stop bit, was no command, or a word came before the one in
        front of it was taken: something of what was sent is missing.
    error : int
        Error code of the block.
    """

    busy: bool
    overflow: bool
    lost: bool
    error: int


def load_message(word: int) -> bytes:
    """Return the message that loads a word."""
    return bytes([Command.LOAD]) + word.to_bytes(WORD_BYTES, "little")


def load_messages(words: Iterable[int]) -> bytes:
    """Return the messages that load some words, one after the other."""
    return b"".join(load_message(word) for word in words)


def status_of(byte: int) -> Status:
    """Return what the byte of a status says."""
    return Status(
        busy=bool(byte >> BUSY_BIT & 1),
        overflow=bool(byte >> OVERFLOW_BIT & 1),
        lost=bool(byte >> LOST_BIT & 1),
        error=byte >> ERROR_BIT,
    )
