"""The model of a block behind AXI; oracle: the rules, followed by hand."""

from zskip.model.common.axi import OKAY, SLVERR, AxiModel
from zskip.model.common.bitfields import pack
from zskip.model.common.registers import BY_NAME
from zskip.model.common.stream import LOAD_HEADER, ErrorCode

MEMORIES = {0: (8, True), 3: (4, False)}


def model() -> AxiModel:
    """A block of two PEs with two memories."""
    return AxiModel(MEMORIES, 2, {"ID": (7,), "CONFIG": (1, 2)})


def send(block: AxiModel, *words: int, last: int) -> None:
    """Send beats, one of them as the last of a packet."""
    for number, word in enumerate(words):
        block.beat(word, number == last)


def header(**fields: int) -> int:
    return pack(LOAD_HEADER, **fields)


def test_a_good_packet_is_no_error() -> None:
    block = model()
    send(block, header(target=0, pe=1, address=6, words=2), 1, 2, last=2)
    assert (block.error, block.loading, block.beats) == (0, False, 3)
    assert block.start()


def test_headers_that_name_what_is_not_there() -> None:
    for fields, code in (
        ({"target": 1}, ErrorCode.TARGET),
        ({"target": 0, "pe": 2}, ErrorCode.PE),
        ({"target": 3, "pe": 1}, ErrorCode.PE),
        ({"target": 0, "address": 8}, ErrorCode.RANGE),
        ({"target": 3, "address": 3}, ErrorCode.NONE),
    ):
        block = model()
        send(block, header(words=1, **fields), 5, last=1)
        assert block.error == code
    block = model()
    send(block, header(target=9, words=0), last=0)
    assert block.error == ErrorCode.NONE


def test_the_first_error_stays_until_an_abort() -> None:
    block = model()
    early = header(target=0, words=3)
    send(block, header(target=0, words=1), 5, last=1)
    send(block, early, 5, last=1)
    send(block, header(target=1, words=1), 5, last=1)
    assert (block.error, block.error_beat, block.error_header) == (ErrorCode.EARLY_LAST, 2, early)
    assert block.read(BY_NAME["IRQ_CAUSE"].offset) == 2
    block.abort()
    assert (block.error, block.error_beat, block.error_header) == (0, 0, 0)


def test_what_is_behind_a_packet_that_is_too_long_is_dropped() -> None:
    block = model()
    send(block, header(target=0, words=1), 5, header(target=9, words=1), 6, last=3)
    assert block.error == ErrorCode.LATE_LAST
    assert not block.dropping
    block.abort()
    send(block, header(target=9, words=1), 6, last=1)
    assert block.error == ErrorCode.TARGET


def test_packets_joined() -> None:
    block = model()
    assert block.write(BY_NAME["SETTINGS"].offset, 1, 0b1) == OKAY
    send(block, header(target=0, words=1), 5, header(target=9, words=1), 6, last=3)
    assert block.error == ErrorCode.TARGET


def test_a_start_or_an_abort_in_the_middle_of_a_packet() -> None:
    block = model()
    send(block, header(target=0, words=2), 5, last=9)
    assert not block.start()
    assert block.error == ErrorCode.START
    block.abort()
    assert block.dropping
    send(block, 1, 2, last=1)
    assert (block.dropping, block.error) == (False, 0)


def test_a_start_that_is_not_ready_for() -> None:
    block = model()
    assert block.start()
    assert not block.start(ready=False)
    assert block.error == ErrorCode.START


def test_accesses() -> None:
    block = model()
    enable, cause = BY_NAME["IRQ_ENABLE"].offset, BY_NAME["IRQ_CAUSE"].offset
    assert block.read(0) == block.read(3) == 7
    assert [block.read(BY_NAME["CONFIG"].offset + 4 * n) for n in range(3)] == [1, 2, 0]
    assert block.read(0xFFC) == block.read(BY_NAME["CONTROL"].offset) == 0
    assert block.write(0, 1, 0xF) == block.write(0xFFC, 1, 0xF) == SLVERR
    assert block.write(enable, 0xFFFF_FFFF, 0b0010) == OKAY
    assert block.read(enable) == 0
    block.write(enable, 0xFFFF_FFFF, 0b0001)
    assert block.read(enable) == 3
    assert not block.irq
    block.ends()
    assert block.irq
    block.write(cause, 1, 0b0001)
    assert block.read(cause) == 0
    assert block.read(BY_NAME["RUN_CYCLES"].offset) is None
