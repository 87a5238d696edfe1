"""The serial protocol; oracle: bytes written by hand."""

import pytest

from zskip.model.common.stream import ErrorCode
from zskip.model.common.uart import RESYNC, Status, load_messages, status_of


def test_a_word_is_sent_from_its_lowest_byte() -> None:
    assert load_messages([0x0807060504030201, 255]) == (
        b"L\x01\x02\x03\x04\x05\x06\x07\x08L\xff\0\0\0\0\0\0\0"
    )
    assert RESYNC == b"RRRRRRRRR"


@pytest.mark.parametrize(
    ("byte", "status"),
    [
        (0x00, Status(busy=False, overflow=False, lost=False, error=0)),
        (0x01, Status(busy=True, overflow=False, lost=False, error=0)),
        (0x02, Status(busy=False, overflow=True, lost=False, error=0)),
        (0x54, Status(busy=False, overflow=False, lost=True, error=ErrorCode.METADATA)),
    ],
)
def test_status(byte: int, status: Status) -> None:
    assert status_of(byte) == status
