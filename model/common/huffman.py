"""Canonical Huffman codes of at most 16 bits for codebook indices and run lengths.

Symbols are 0 to 255. A code is told by its lengths alone: codes are numbered in the order of their
length, and of the symbol where lengths are equal, as in RFC 1951, section 3.2.2. They are written
most significant bit first, one behind the other from the top of the first byte on, and zero bits
fill the last byte. The limit costs bits only where a symbol is at most one in 4,181 (the 19th
Fibonacci number), as no other Huffman code is longer. Deep Compression, section 4.
"""

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.huffman_stream import MAX_LENGTH, find_codes, write_codes

MAX_SYMBOLS = 256
SYMBOLS_PER_BLOCK = 2**20
"""Symbols are encoded in blocks of this size, which bounds the memory beside the result."""

Bytes = NDArray[np.uint8]


def code_lengths(frequencies: NDArray[np.integer]) -> Bytes:
    """Compute the code lengths that give the fewest bits with codes of at most 16 bits.

    Parameters
    ----------
    frequencies : ndarray of any integer dtype, shape (symbols,)
        How often each symbol occurs, for at most 256 symbols, ``2**58`` in total.

    Returns
    -------
    ndarray of uint8, shape (symbols,)
        Bits of every symbol's code, 0 for those that do not occur. A symbol that is alone has a
        code of one bit.

    Raises
    ------
    InputError
        If the frequencies are not such integers, or one is negative.

    Notes
    -----
    Package-merge (Larmore and Hirschberg, 1990): in each of 16 rounds the packages are paired, and
    merged with the symbols by weight; symbols come before packages of the same weight. A symbol's
    length is the number of times it is in the lightest ones of the last round.
    """
    _check_frequencies(frequencies)
    occurring = np.flatnonzero(frequencies)
    lengths = np.zeros(frequencies.size, dtype=np.uint8)
    if occurring.size == 1:
        lengths[occurring] = 1
    if occurring.size < 2:
        return lengths
    symbol_weights = frequencies[occurring].astype(np.int64)
    symbol_members = np.eye(occurring.size, dtype=np.int64)
    weights, members = symbol_weights[:0], symbol_members[:0]
    for _ in range(MAX_LENGTH):
        pairs = weights.size // 2 * 2
        weights = weights[0:pairs:2] + weights[1:pairs:2]
        members = members[0:pairs:2] + members[1:pairs:2]
        weights = np.concatenate((symbol_weights, weights))
        order = np.argsort(weights, kind="stable")
        weights = weights[order]
        members = np.concatenate((symbol_members, members))[order]
    lengths[occurring] = members[: 2 * occurring.size - 2].sum(axis=0)
    return lengths


def encode(symbols: Bytes) -> tuple[Bytes, Bytes]:
    """Encode symbols with the best code for them.

    Parameters
    ----------
    symbols : ndarray of uint8, of any shape
        Symbols, in row-major order.

    Returns
    -------
    lengths : ndarray of uint8, shape (largest symbol + 1,)
        Bits of every symbol's code, 0 for those that do not occur; of shape (0,) without symbols.
    packed : ndarray of uint8, shape (n,)
        The codes: ``ceil(frequencies @ lengths / 8)`` bytes.

    Raises
    ------
    InputError
        If the dtype is another one.
    """
    if symbols.dtype != np.uint8:
        raise InputError(
            f"symbols must be uint8, not {symbols.dtype}: convert them, or split larger ones"
        )
    flat = symbols.ravel()
    frequencies = np.bincount(flat)
    lengths = code_lengths(frequencies)
    codes = _codes(lengths)
    packed = np.zeros(-(-int(frequencies @ lengths.astype(np.int64)) // 8), dtype=np.uint8)
    position = 0
    for start in range(0, flat.size, SYMBOLS_PER_BLOCK):
        block = flat[start : start + SYMBOLS_PER_BLOCK]
        position = write_codes(packed, position, codes[block], lengths[block])
    return lengths, packed


def decode(lengths: NDArray[np.integer], packed: Bytes, count: int) -> Bytes:
    """Decode symbols.

    Parameters
    ----------
    lengths : ndarray of any integer dtype, shape (symbols,)
        Bits of every symbol's code, 0 for symbols without one; at most 256 symbols.
    packed : ndarray of uint8, shape (n,)
        The codes, as `encode` gives them.
    count : int
        Number of symbols.

    Returns
    -------
    ndarray of uint8, shape (count,)
        The symbols.

    Raises
    ------
    InputError
        If the lengths are not those of a complete prefix code (or of a lone symbol), `packed` is
        of another dtype or shape, too short or too long, or its last bits are not zero.

    Notes
    -----
    The memory depends on the size of `packed`, and not on what `count` claims.
    """
    table_symbols, table_lengths = _tables(_check_lengths(lengths))
    if packed.dtype != np.uint8 or packed.ndim != 1:
        raise InputError(
            f"packed codes must be uint8 of shape (n,), not {packed.dtype} of shape "
            f"{packed.shape}: give the bytes that encoding gave"
        )
    if not 0 <= count <= 8 * packed.size:
        raise InputError(
            f"count must be 0 to {8 * packed.size} for {packed.size} packed bytes, not {count}: "
            "the data is damaged"
        )
    if count and not table_symbols.size:
        raise InputError(f"lengths must have a code for {count} symbols, not none: give them all")
    symbols = np.empty(count, dtype=np.uint8)
    done, bits = 0, 0
    for windows in find_codes(packed, table_lengths, count):
        symbols[done : done + windows.size] = table_symbols[windows]
        done += windows.size
        bits += int(table_lengths[windows].sum(dtype=np.int64))
    _check_end(packed, count, done, bits)
    if int(np.count_nonzero(lengths)) == 1:
        _check_lone(packed)
    return symbols


def _check_table(table: NDArray[np.integer], what: str, remedy: str) -> None:
    """Check that there is at most one integer for each symbol."""
    if table.ndim != 1 or table.size > MAX_SYMBOLS or table.dtype.kind not in "iu":
        raise InputError(
            f"{what} must be at most {MAX_SYMBOLS} integers, not {table.dtype} of shape "
            f"{table.shape}: {remedy}"
        )


def _check_frequencies(frequencies: NDArray[np.integer]) -> None:
    """Check what `code_lengths` was given."""
    _check_table(frequencies, "frequencies", "count symbols of 8 bits")
    if frequencies.size and int(frequencies.min()) < 0:
        raise InputError(
            f"frequencies must be 0 or more, not {frequencies.min()}: count how often symbols occur"
        )
    if sum(frequencies.tolist()) > 1 << 58:
        raise InputError(
            f"frequencies must add up to at most 2**58, not {sum(frequencies.tolist())}: "
            "scale them down"
        )


def _check_lengths(lengths: NDArray[np.integer]) -> IntArray:
    """Check code lengths, and give them as int64."""
    _check_table(lengths, "lengths", "give those that encoding gave")
    if lengths.size and not 0 <= int(lengths.min()) <= int(lengths.max()) <= MAX_LENGTH:
        raise InputError(
            f"lengths must be 0 to {MAX_LENGTH}, not {lengths.min()} to {lengths.max()}: "
            "the data is damaged"
        )
    wide = lengths.astype(np.int64)
    used = wide[wide > 0]
    taken = int(np.sum(1 << (MAX_LENGTH - used)))
    complete = 1 << (MAX_LENGTH - (used.size == 1))
    if used.size and taken != complete:
        state = "too many" if taken > complete else "too few"
        raise InputError(
            f"lengths must make a complete prefix code, not one with {state} short codes: "
            "the data is damaged"
        )
    return wide


def _codes(lengths: NDArray[np.integer]) -> IntArray:
    """Compute the codes; those of symbols without one are 0."""
    wide = lengths.astype(np.int64)
    order = np.argsort(wide, kind="stable")
    order = order[wide[order] > 0]
    space = 1 << (MAX_LENGTH - wide[order])
    codes = np.zeros(lengths.size, dtype=np.int64)
    codes[order] = (np.cumsum(space) - space) >> (MAX_LENGTH - wide[order])
    return codes


def _tables(lengths: IntArray) -> tuple[Bytes, Bytes]:
    """Give symbol and code length for every window as wide as the longest code.

    Windows in ascending order begin with the codes in their order. A lone symbol, whose only code
    is 0, needs no bit to be told: it has one window of no bits.
    """
    order = np.argsort(lengths, kind="stable")
    order = order[lengths[order] > 0]
    if order.size == 0:
        return np.zeros(0, dtype=np.uint8), np.zeros(0, dtype=np.uint8)
    symbols = np.repeat(order, 1 << (lengths[order[-1]] - lengths[order])).astype(np.uint8)
    return symbols, lengths.astype(np.uint8)[symbols]


def _check_end(packed: Bytes, count: int, done: int, bits: int) -> None:
    """Check that a stream has the symbols asked for, and nothing but zero bits behind them."""
    rest = 8 * packed.size - bits
    if done < count or rest < 0:
        raise InputError(
            f"packed codes must hold {count} symbols, but end after {done - (rest < 0)}: "
            "the data is damaged or the count is wrong"
        )
    if rest > 7:
        raise InputError(
            f"packed codes of {count} symbols must take {-(-bits // 8)} bytes, "
            f"not {packed.size}: the data is damaged or the count is wrong"
        )
    if rest and int(packed[-1]) & ((1 << rest) - 1):
        raise InputError("the bits behind the last code must be 0: the data is damaged")


def _check_lone(packed: Bytes) -> None:
    """Check that a stream of a lone symbol has zero bits only."""
    if packed.any():
        raise InputError("codes of a lone symbol must be 0 bits: the data is damaged")
