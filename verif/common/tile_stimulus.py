"""What the bench of tiles is told, from the model of any engine with streamed weights."""

from typing import Any

from zskip.model.common.beat_tiles import TILE_WORD
from zskip.model.common.bitfields import Field, pack, unpack
from zskip.model.common.engine import StreamFormat
from zskip.model.common.stream import LOAD_HEADER, ErrorCode
from zskip.verif.common.block_stimulus import RefusedRun, Words, split_packets


def tiles_of(words: Words, end: int) -> list[list[Words]]:
    """Return the packets of each tile of a stream.

    Parameters
    ----------
    words : list of int
        Whole tiles.
    end : int
        Target of the packet that ends one.
    """
    tiles: list[list[Words]] = [[]]
    for packet in split_packets(words, LOAD_HEADER):
        tiles[-1].append(packet)
        if unpack(LOAD_HEADER, packet[0])["target"] == end:
            tiles.append([])
    assert not tiles.pop()
    return tiles


def with_end(
    words: Words, stream: StreamFormat, number: int, fields: tuple[Field, ...], **changes: int
) -> Words:
    """Return the words of tiles, with other fields in the word that ends one of them."""
    assert stream.tile is not None
    tiles = tiles_of(words, stream.tile.target)
    header, word = tiles[number][-1]
    tiles[number][-1] = [header, pack(fields, **(unpack(fields, word) | changes))]
    return [word for tile in tiles for packet in tile for word in packet]


def wrong_ends(words: Words, stream: StreamFormat, packets: int) -> list[RefusedRun]:
    """Return tiles of beats that do not end with the run, and those that do too early.

    Parameters
    ----------
    words : list of int
        Those of a run; there is more than one, and the first ends with the first pass or before.
    stream : StreamFormat
        Of the engine.
    packets : int
        Result packets of the passes in front of the last one.

    Returns
    -------
    list of (list of int, int, int)
        Words of tiles, the result packets of the run behind them, and its error code.
    """
    code = int(ErrorCode.TILE)
    return [
        (with_end(words, stream, 0, TILE_WORD, last=1), 0, code),
        (with_end(words, stream, -1, TILE_WORD, last=0), packets, code),
    ]


def tile_variables(
    stream: StreamFormat, refused: list[RefusedRun], last_pass: tuple[int, int] = (0, 0)
) -> dict[str, Any]:
    """Return what the bench of tiles is told beside the stimulus of a block.

    Parameters
    ----------
    stream : StreamFormat
        Of the engine.
    refused : list of (list of int, int, int)
        Tiles that end a run, as `wrong_ends` gives them.
    last_pass : tuple of int
        Word of the program memory, and bit of it, that says that the run ends.
    """
    assert stream.tile is not None
    codes = {target.name: target.value for target in stream.targets}
    biases = next(code for name, code in codes.items() if name.startswith("BIAS"))
    return {
        "targets": codes | {"TILE": stream.tile.target, "BIASES": biases},
        "refused": refused,
        "last_pass": last_pass,
    }
