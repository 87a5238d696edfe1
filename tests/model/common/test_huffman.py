"""Huffman codes against a heap, brute force, strings of bits and dahuffman."""

import heapq
import math
import time
import tracemalloc
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common import huffman
from zskip.model.common.errors import InputError
from zskip.model.common.huffman import code_lengths, decode, encode

FREQUENCIES = st.lists(st.integers(0, 20) | st.integers(0, 2**50), max_size=256)
FIBONACCI = [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181]
SYMBOLS = hnp.arrays(
    np.uint8, st.integers(0, 400), elements=st.integers(0, 3) | st.integers(0, 255)
)


def heap_bits(frequencies: list[int]) -> int:
    """Oracle: bits of an unlimited Huffman code, the sum of the weights of all merged nodes."""
    heap = [frequency for frequency in frequencies if frequency]
    heapq.heapify(heap)
    total = 0
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        total += merged
        heapq.heappush(heap, merged)
    return total


def canonical(lengths: list[int]) -> dict[int, str]:
    """Oracle: codes counted up as in RFC 1951, as strings of bits."""
    codes: dict[int, str] = {}
    code, before = 0, 0
    for length, symbol in sorted((n, symbol) for symbol, n in enumerate(lengths) if n):
        code <<= length - before
        codes[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return codes


def pack(lengths: list[int], symbols: list[int]) -> bytes:
    """Oracle: the codes of symbols in a string of bits, filled up with zeros."""
    codes = canonical(lengths)
    bits = "".join(codes[symbol] for symbol in symbols)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[start : start + 8], 2) for start in range(0, len(bits), 8))


def total_bits(frequencies: list[int], lengths: np.ndarray) -> int:
    return sum(count * int(n) for count, n in zip(frequencies, lengths, strict=True))


def attempt(lengths: np.ndarray, packed: np.ndarray, count: int) -> np.ndarray | str:
    """Decode, or give the message of the refusal."""
    try:
        return decode(lengths, packed, count)
    except InputError as error:
        return str(error)


class TestCodeLengths:
    @given(FREQUENCIES)
    def test_fewest_bits(self, frequencies: list[int]) -> None:
        lengths = code_lengths(np.array(frequencies, dtype=np.int64))
        assert lengths.dtype == np.uint8
        assert [n > 0 for n in lengths] == [frequency > 0 for frequency in frequencies]
        used = lengths[lengths > 0].tolist()
        assert max(used, default=0) <= 16
        if len(used) == 1:
            assert used == [1]
        elif used:
            assert sum(2.0**-n for n in used) == 1
            assert total_bits(frequencies, lengths) >= heap_bits(frequencies)
            if max(used) < 16:
                assert total_bits(frequencies, lengths) == heap_bits(frequencies)

    @given(st.lists(st.integers(1, 2**20), min_size=2, max_size=256))
    def test_entropy_bounds_the_average(self, frequencies: list[int]) -> None:
        total = sum(frequencies)
        entropy = -sum(count / total * math.log2(count / total) for count in frequencies)
        lengths = code_lengths(np.array(frequencies))
        average = total_bits(frequencies, lengths) / total
        assert entropy <= average * (1 + 1e-12)
        if lengths.max() < 16:
            assert average < entropy + 1

    @pytest.mark.parametrize("limit", [2, 3, 4])
    @given(st.lists(st.integers(1, 30), min_size=2, max_size=5))
    def test_limit_against_brute_force(self, limit: int, frequencies: list[int]) -> None:
        """All lengths up to the limit that Kraft's inequality allows."""
        if len(frequencies) > 1 << limit:
            return
        best = min(
            sum(count * n for count, n in zip(frequencies, lengths, strict=True))
            for lengths in product(range(1, limit + 1), repeat=len(frequencies))
            if sum(2.0**-n for n in lengths) <= 1
        )
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(huffman, "MAX_LENGTH", limit)
            lengths = code_lengths(np.array(frequencies))
        assert total_bits(frequencies, lengths) == best

    def test_fibonacci_numbers_reach_the_limit(self) -> None:
        """17 of them have a code of 16 bits; more would need longer ones."""
        lengths = code_lengths(np.array(FIBONACCI[:17]))
        assert lengths.tolist() == [16, *range(16, 0, -1)]
        lengths = code_lengths(np.array(FIBONACCI))
        assert lengths.max() == 16
        assert heap_bits(FIBONACCI) < total_bits(FIBONACCI, lengths) < 1.001 * heap_bits(FIBONACCI)

    def test_worked_example(self) -> None:
        assert code_lengths(np.array([5, 0, 1, 1, 2])).tolist() == [1, 0, 3, 3, 2]

    @pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
    def test_dtypes(self, dtype: type[np.integer]) -> None:
        assert code_lengths(np.array([200, 100, 100], dtype=dtype)).tolist() == [1, 2, 2]

    @given(st.lists(st.integers(0, 1000), min_size=2, max_size=256))
    def test_same_bits_as_dahuffman(self, frequencies: list[int]) -> None:
        dahuffman = pytest.importorskip("dahuffman")
        occurring = {symbol: count for symbol, count in enumerate(frequencies) if count}
        if len(occurring) < 2:
            return
        # One of the symbols stands for the end, or the library adds one.
        codec = dahuffman.HuffmanCodec.from_frequencies(occurring, eof=next(iter(occurring)))
        table = codec.get_code_table()
        expected = sum(count * table[symbol][0] for symbol, count in occurring.items())
        assert total_bits(frequencies, code_lengths(np.array(frequencies))) == expected


class TestStream:
    @given(SYMBOLS)
    def test_encode_against_strings_of_bits(self, symbols: np.ndarray) -> None:
        lengths, packed = encode(symbols)
        frequencies = np.bincount(symbols)
        assert lengths.tolist() == code_lengths(frequencies).tolist()
        assert packed.dtype == lengths.dtype == np.uint8
        assert packed.tobytes() == pack(lengths.tolist(), symbols.tolist())
        assert packed.size == -(-total_bits(frequencies.tolist(), lengths) // 8)

    @given(SYMBOLS)
    def test_decode_gives_the_symbols_back(self, symbols: np.ndarray) -> None:
        lengths, packed = encode(symbols)
        decoded = decode(lengths, packed, symbols.size)
        assert decoded.dtype == np.uint8
        np.testing.assert_array_equal(decoded, symbols)

    @pytest.mark.parametrize("limit", [2, 255])
    @pytest.mark.parametrize("lane_bits", [16, 40, 256])
    @pytest.mark.parametrize("lanes", [1, 3])
    def test_parts_change_nothing(
        self, limit: int, lane_bits: int, lanes: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Blocks, lanes and rounds of all sizes, with codes that cross them."""
        monkeypatch.setattr("zskip.model.common.huffman.SYMBOLS_PER_BLOCK", 37)
        monkeypatch.setattr("zskip.model.common.huffman_stream.LANE_BITS", lane_bits)
        monkeypatch.setattr("zskip.model.common.huffman_stream.LANES", lanes)
        rng = np.random.default_rng(1)
        for size in [*range(0, 120, 7), 1000]:
            symbols = np.minimum(rng.geometric(0.03, size), limit).astype(np.uint8)
            lengths, packed = encode(symbols)
            assert packed.tobytes() == pack(lengths.tolist(), symbols.tolist())
            np.testing.assert_array_equal(decode(lengths, packed, size), symbols)

    def test_codes_of_16_bits(self) -> None:
        symbols = np.repeat(np.arange(19), FIBONACCI).astype(np.uint8)
        np.random.default_rng(2).shuffle(symbols)
        lengths, packed = encode(symbols)
        assert lengths.max() == 16
        assert packed.tobytes() == pack(lengths.tolist(), symbols.tolist())
        np.testing.assert_array_equal(decode(lengths, packed, symbols.size), symbols)

    @pytest.mark.parametrize("lane_bits", [16, 40, 256])
    def test_codes_over_the_ends_of_rounds(
        self, lane_bits: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Codes of all lengths, equally often: those of 16 bits reach into three bytes."""
        monkeypatch.setattr("zskip.model.common.huffman_stream.LANE_BITS", lane_bits)
        monkeypatch.setattr("zskip.model.common.huffman_stream.LANES", 1)
        lengths = np.array([*range(1, 16), 16, 16])
        symbols = np.random.default_rng(3).integers(0, 17, 2000)
        packed = np.frombuffer(pack(lengths.tolist(), symbols.tolist()), dtype=np.uint8)
        np.testing.assert_array_equal(decode(lengths, packed, symbols.size), symbols)

    def test_no_symbol(self) -> None:
        lengths, packed = encode(np.zeros(0, dtype=np.uint8))
        assert lengths.size == packed.size == 0
        assert decode(lengths, packed, 0).size == 0

    @pytest.mark.parametrize("count", [1, 8, 1000])
    def test_lone_symbol_takes_a_bit(self, count: int) -> None:
        lengths, packed = encode(np.full(count, 3, dtype=np.uint8))
        assert lengths.tolist() == [0, 0, 0, 1]
        assert packed.tolist() == [0] * -(-count // 8)
        assert decode(lengths, packed, count).tolist() == [3] * count

    def test_rows_are_joined(self) -> None:
        symbols = np.array([[1, 2], [1, 0]], dtype=np.uint8)
        lengths, packed = encode(symbols)
        assert decode(lengths, packed, 4).tolist() == [1, 2, 1, 0]

    def test_worked_example(self) -> None:
        """Codes 1: 0, 0: 10, 2: 11; the bits 0 11 0 10 and two zeros."""
        lengths, packed = encode(np.array([1, 2, 1, 0], dtype=np.uint8))
        assert lengths.tolist() == [2, 1, 2]
        assert packed.tolist() == [0b01101000]


class TestDamage:
    LENGTHS = np.array([2, 1, 2], dtype=np.uint8)
    PACKED = np.array([0b01101000], dtype=np.uint8)

    @given(
        st.lists(st.sampled_from([0, 1, 2, 3, 4, 15, 16, 17]), max_size=8),
        st.binary(max_size=70),
        st.integers(-1, 600),
    )
    def test_refused_or_right(self, lengths: list[int], data: bytes, count: int) -> None:
        """What is decoded gives the same bytes again, by strings of bits."""
        packed = np.frombuffer(data, dtype=np.uint8)
        result = attempt(np.array(lengths, dtype=np.uint8), packed, count)
        if isinstance(result, str):
            assert "\n" not in result
        else:
            assert result.size == count
            assert pack(lengths, result.tolist()) == data

    @given(SYMBOLS.filter(lambda symbols: symbols.size > 0), st.data())
    def test_every_change_is_refused_or_decoded(
        self, symbols: np.ndarray, data: st.DataObject
    ) -> None:
        lengths, packed = encode(symbols)
        bit = data.draw(st.integers(0, 8 * packed.size - 1))
        packed[bit >> 3] ^= 0x80 >> (bit & 7)
        result = attempt(lengths, packed, symbols.size)
        if isinstance(result, str):
            assert "\n" not in result
        else:
            assert result.tolist() != symbols.tolist()
            assert pack(lengths.tolist(), result.tolist()) == packed.tobytes()

    def message(self, lengths: np.ndarray, packed: np.ndarray, count: int) -> str:
        with pytest.raises(InputError) as caught:
            decode(lengths, packed, count)
        return str(caught.value)

    @pytest.mark.parametrize(
        ("lengths", "state"),
        [
            ([1, 2, 2, 3], "many"),
            ([1, 1, 1], "many"),
            ([1, 2], "few"),
            ([2], "few"),
            ([0, 16], "few"),
        ],
    )
    def test_incomplete_codes(self, lengths: list[int], state: str) -> None:
        assert self.message(np.array(lengths), self.PACKED, 1) == (
            f"lengths must make a complete prefix code, not one with too {state} short codes: "
            "the data is damaged"
        )

    def test_lengths_out_of_range(self) -> None:
        assert self.message(np.array([1, 17]), self.PACKED, 1) == (
            "lengths must be 0 to 16, not 1 to 17: the data is damaged"
        )
        assert self.message(np.array([1, -1]), self.PACKED, 1) == (
            "lengths must be 0 to 16, not -1 to 1: the data is damaged"
        )

    @pytest.mark.parametrize("table", [np.ones(257, int), np.ones((1, 2), int), np.ones(2)])
    def test_tables(self, table: np.ndarray) -> None:
        assert self.message(table, self.PACKED, 1) == (
            f"lengths must be at most 256 integers, not {table.dtype} of shape {table.shape}: "
            "give those that encoding gave"
        )
        with pytest.raises(InputError) as caught:
            code_lengths(table)
        assert str(caught.value) == (
            f"frequencies must be at most 256 integers, not {table.dtype} of shape {table.shape}: "
            "count symbols of 8 bits"
        )

    def test_no_code(self) -> None:
        assert self.message(np.zeros(3, int), self.PACKED, 4) == (
            "lengths must have a code for 4 symbols, not none: give them all"
        )

    def test_too_few_bits(self) -> None:
        assert self.message(self.LENGTHS, self.PACKED, 7) == (
            "packed codes must hold 7 symbols, but end after 6: "
            "the data is damaged or the count is wrong"
        )
        # The last one begins with the last bit.
        assert self.message(self.LENGTHS, np.array([0b10101001], np.uint8), 5) == (
            "packed codes must hold 5 symbols, but end after 4: "
            "the data is damaged or the count is wrong"
        )

    def test_a_code_that_reaches_over_the_end_of_a_round(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The fifteenth bit begins a code of 16 bits, and one byte is left for the next round."""
        monkeypatch.setattr("zskip.model.common.huffman_stream.LANE_BITS", 16)
        monkeypatch.setattr("zskip.model.common.huffman_stream.LANES", 1)
        lengths = np.array([*range(1, 16), 16, 16])
        packed = np.array([0b00000000, 0b00000011, 0xFF], np.uint8)
        assert self.message(lengths, packed, 16) == (
            "packed codes must hold 16 symbols, but end after 14: "
            "the data is damaged or the count is wrong"
        )

    def test_bytes_behind_the_end(self) -> None:
        packed = np.append(self.PACKED, np.uint8(0))
        assert self.message(self.LENGTHS, packed, 4) == (
            "packed codes of 4 symbols must take 1 bytes, not 2: "
            "the data is damaged or the count is wrong"
        )
        assert self.message(np.zeros(0, int), self.PACKED, 0) == (
            "packed codes of 0 symbols must take 0 bytes, not 1: "
            "the data is damaged or the count is wrong"
        )

    @pytest.mark.parametrize("bit", [1, 2])
    def test_bits_behind_the_end(self, bit: int) -> None:
        assert self.message(self.LENGTHS, self.PACKED | np.uint8(bit), 4) == (
            "the bits behind the last code must be 0: the data is damaged"
        )

    def test_code_of_a_lone_symbol(self) -> None:
        assert self.message(np.array([1]), np.array([0b01000000], np.uint8), 4) == (
            "codes of a lone symbol must be 0 bits: the data is damaged"
        )

    @pytest.mark.parametrize("count", [-1, 9, 10**15])
    def test_counts(self, count: int) -> None:
        assert self.message(self.LENGTHS, self.PACKED, count) == (
            f"count must be 0 to 8 for 1 packed bytes, not {count}: the data is damaged"
        )

    def test_packed(self) -> None:
        assert self.message(self.LENGTHS, self.PACKED.astype(np.int64), 4) == (
            "packed codes must be uint8 of shape (n,), not int64 of shape (1,): "
            "give the bytes that encoding gave"
        )

    def test_symbols(self) -> None:
        with pytest.raises(InputError) as caught:
            encode(np.array([1, 300]))
        assert str(caught.value) == (
            "symbols must be uint8, not int64: convert them, or split larger ones"
        )

    def test_frequencies(self) -> None:
        with pytest.raises(InputError) as caught:
            code_lengths(np.array([3, -2]))
        assert str(caught.value) == (
            "frequencies must be 0 or more, not -2: count how often symbols occur"
        )
        with pytest.raises(InputError) as caught:
            code_lengths(np.array([2**57, 2**57 + 1]))
        assert str(caught.value) == (
            "frequencies must add up to at most 2**58, not 288230376151711745: scale them down"
        )


@pytest.mark.slow
@pytest.mark.parametrize("largest", [1, 15, 255])
def test_four_million_symbols(largest: int) -> None:
    """Encoding below 3 s, decoding below 5 s, both below 1 GB."""
    rng = np.random.default_rng(3)
    symbols = np.minimum(rng.geometric(3 / (largest + 3), 2**22) - 1, largest).astype(np.uint8)
    tracemalloc.start()
    begin = time.perf_counter()
    lengths, packed = encode(symbols)
    middle = time.perf_counter()
    decoded = decode(lengths, packed, symbols.size)
    end = time.perf_counter()
    assert middle - begin < 3
    assert end - middle < 5
    assert tracemalloc.get_traced_memory()[1] < 1e9
    tracemalloc.stop()
    np.testing.assert_array_equal(decoded, symbols)
