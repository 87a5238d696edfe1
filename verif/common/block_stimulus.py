"""Stimulus of the bench of a whole block, and the results it must give, for any engine."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from zskip.model.common.bitfields import Field, pack, unpack
from zskip.model.common.stream import LOAD_HEADER, STREAM_BITS, ErrorCode

Words = list[int]
"""Words of a stream."""

BadPacket = tuple[Words, int]
"""A load packet that is refused, and its error code."""

RefusedRun = tuple[Words, int, int]
"""Words to load, result packets of the run behind them, and the error code that ends it."""


@dataclass(frozen=True, kw_only=True)
class BlockStimulus:
    """Streams for a block, and the exact stream that each input vector must give.

    A run depends on the program and on its own input vector alone, so vectors may come in any
    order and as often as wanted.

    Parameters
    ----------
    load : list of int
        Load stream of the program.
    inputs : list of list of int
        Load stream of each input vector.
    results : list of list of int
        Words of the result stream of each, headers included.
    cycles : list of list of int
        Cycles that each packet of these results takes to begin, behind the one in front of it, if
        all is taken at once.
    overflow : list of bool
        The overflow flag behind each run.
    bad : list of (list of int, int)
        Load packets that are refused, each with its error code. Where the words are fewer than
        the header announces, only reset ends the packet.
    refused : list of (list of int, int, int)
        Load streams that put a pass that is refused into the loaded program, each with the number
        of result packets that come before it and its error code.
    tiles : list of int
        Load stream behind the start of each run; it is the same for every input vector.
    ahead : bool
        The next inputs may come during a run, and a start is kept.
    """

    load: Words
    inputs: list[Words]
    results: list[Words]
    cycles: list[list[int]]
    overflow: list[bool]
    bad: list[BadPacket]
    refused: list[RefusedRun]
    tiles: Words = field(default_factory=list)
    ahead: bool = False

    def save(self, path: Path) -> None:
        """Write the stimulus into a file."""
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def open(cls, path: Path) -> "BlockStimulus":
        """Read the stimulus of a file."""
        return cls(**json.loads(path.read_text()))


def split_packets(words: Sequence[int], header: tuple[Field, ...]) -> list[Words]:
    """Return the packets of a stream, each with its header.

    Parameters
    ----------
    words : sequence of int
        Whole packets.
    header : tuple of Field
        Layout of their headers; its ``words`` count the words behind a header.
    """
    packets = []
    position = 0
    while position < len(words):
        end = position + 1 + unpack(header, words[position])["words"]
        packets.append(list(words[position:end]))
        position = end
    return packets


def bad_packets(
    memories: Mapping[int, tuple[int, bool]], pe_count: int, rng: np.random.Generator
) -> list[BadPacket]:
    """Return load packets that a block must refuse, for every reason and each bit of a header.

    Parameters
    ----------
    memories : mapping of int to (int, bool)
        Depth of the memory of each target, in words of the stream, and whether each PE has one.
    pe_count : int
        Number of PEs.
    rng : numpy.random.Generator
        Where the data come from.

    Returns
    -------
    list of (list of int, int)
        Packets with their error codes.
    """
    top = {field.name: 1 << (field.bits - 1) for field in LOAD_HEADER}
    bits = {field.name: field.bits for field in LOAD_HEADER}
    unknown = next(code for code in range(len(memories) + 1) if code not in memories)
    target, (depth, per_pe) = next(iter(memories.items()))
    headers = [
        (ErrorCode.TARGET, {"target": unknown, "words": 3}),
        (ErrorCode.TARGET, {"target": target | top["target"], "words": 1}),
        (ErrorCode.RANGE, {"target": target, "address": top["address"], "words": 1}),
        (ErrorCode.RANGE, {"target": target, "words": top["words"]}),
    ]
    assert per_pe, "the first memory must be one that each PE has"
    for bit in range(pe_count.bit_length() - 1, bits["pe"]):
        headers.append((ErrorCode.PE, {"target": target, "pe": 1 << bit, "words": 1}))
    for bit in range(depth.bit_length(), bits["address"]):
        headers.append((ErrorCode.RANGE, {"target": target, "address": 1 << bit, "words": 1}))
    for code, (depth, per_pe) in memories.items():
        pe = pe_count if per_pe else 1
        headers += [
            (ErrorCode.PE, {"target": code, "pe": pe, "words": 2}),
            (ErrorCode.RANGE, {"target": code, "address": depth, "words": 1}),
            (ErrorCode.RANGE, {"target": code, "address": depth - 1, "words": 2}),
            (ErrorCode.RANGE, {"target": code, "words": depth + 1}),
        ]
    packets = []
    for error, fields in headers:
        count = fields["words"] if fields["words"] <= 8 else 4
        data = np.frombuffer(rng.bytes(count * STREAM_BITS // 8), dtype="<u8").tolist()
        packets.append(([pack(LOAD_HEADER, **fields), *data], int(error)))
    return packets
