"""Relative-indexed columns; oracles: the worked examples of the paper and a plain encoder."""

import doctest
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from zskip.model.common.errors import InputError
from zskip.model.eie import encoding
from zskip.model.eie.config import TINY, Config
from zskip.model.eie.encoding import EncodedMatrix, decode, encode

# Columns with a non-zero in each row of the 16 x 8 matrix of the EIE paper, figure 2.
FIGURE_2 = (
    (0, 2, 4, 5, 6),
    (1, 3, 6),
    (2, 4, 7),
    (1, 5),
    (1, 4),
    (3, 7),
    (4, 6),
    (0, 3, 6),
    (0, 7),
    (0, 6, 7),
    (4,),
    (2, 7),
    (0, 2, 5, 7),
    (0, 1, 6),
    (2, 3, 4, 5),
    (2, 3, 5),
)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """Configurations of 1 to 16 PEs with every width of codes and runs."""
    return Config(
        pe_count=draw(st.sampled_from([1, 2, 4, 8, 16])),
        weight_bits=draw(st.integers(2, 8)),
        run_bits=draw(st.integers(1, 8)),
        entries_per_word=1,
        register_depth=draw(st.sampled_from([3, 20, 64])),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, Config]:
    """Matrices of codes, mostly zero and with long gaps, and a configuration."""
    config = draw(configs())
    shape = draw(st.tuples(st.integers(1, 80), st.integers(1, 5)))
    elements = st.integers(0, config.codebook_size - 1)
    return draw(hnp.arrays(np.uint8, shape, elements=elements, fill=st.just(0))), config


def plain_encode(codes: np.ndarray, config: Config) -> tuple[list[int], list[int], list[list[int]]]:
    """Oracle: one PE, block, column and row after the other."""
    max_run = 2**config.run_bits - 1
    depth = math.ceil(codes.shape[0] / config.pe_count)
    blocks = math.ceil(depth / config.register_depth)
    height = math.ceil(depth / blocks)
    values, runs, pointers = [], [], []
    for pe in range(config.pe_count):
        own = codes[pe :: config.pe_count]
        count = [0]
        for block, column in product(range(blocks), range(codes.shape[1])):
            zeros, before = 0, len(values)
            for code in own[block * height : (block + 1) * height, column].tolist():
                if code == 0:
                    zeros += 1
                    continue
                while zeros > max_run:
                    values.append(0)
                    runs.append(max_run)
                    zeros -= max_run + 1
                values.append(code)
                runs.append(zeros)
                zeros = 0
            count.append(count[-1] + len(values) - before)
        pointers.append(count)
    return values, runs, pointers


def test_worked_column() -> None:
    column = np.zeros((23, 1), dtype=np.uint8)
    column[[2, 3, 22], 0] = [1, 2, 3]
    matrix = encode(column, Config(pe_count=1))
    assert matrix.codes.tolist() == [1, 2, 0, 3]
    assert matrix.runs.tolist() == [2, 0, 15, 2]
    assert (matrix.nonzeros, matrix.padding) == (3, 1)


@pytest.mark.parametrize(
    ("pe", "runs", "pointers"),
    [
        (0, [0, 1, 0, 1, 0, 2, 0, 0, 0, 2, 0, 2, 0], [0, 3, 4, 6, 6, 8, 10, 11, 13]),
        (1, [2, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0], [0, 2, 4, 4, 6, 6, 6, 9, 11]),
        (2, [0, 2, 3, 0, 0, 0, 0, 3, 1, 0], [0, 0, 0, 2, 3, 7, 8, 9, 10]),
        (3, [1, 0, 2, 0, 1, 1, 0, 2, 1, 2], [0, 1, 2, 4, 6, 6, 8, 9, 10]),
    ],
)
def test_worked_matrix(pe: int, runs: list[int], pointers: list[int]) -> None:
    codes = np.zeros((16, 8), dtype=np.uint8)
    for row, columns in enumerate(FIGURE_2):
        codes[row, list(columns)] = 1 + (row + np.arange(len(columns))) % 15
    matrix = encode(codes, Config(pe_count=4))
    assert matrix.runs[matrix.entry_range(pe)].tolist() == runs
    assert matrix.pointers[pe].tolist() == pointers
    expected = codes[pe::4].T
    assert matrix.codes[matrix.entry_range(pe)].tolist() == expected[expected != 0].tolist()


def test_example_of_the_docstring() -> None:
    result = doctest.testmod(encoding)
    assert result.attempted > 0
    assert result.failed == 0


@given(cases())
def test_round_trip(case: tuple[np.ndarray, Config]) -> None:
    codes, config = case
    matrix = encode(codes, config)
    matrix.check()
    np.testing.assert_array_equal(decode(matrix), codes)
    values, runs, pointers = plain_encode(codes, config)
    assert matrix.codes.tolist() == values
    assert matrix.runs.tolist() == runs
    assert matrix.pointers.tolist() == pointers
    assert matrix.nonzeros == np.count_nonzero(codes)
    assert matrix.padding == values.count(0)


@given(cases())
def test_positions_of_the_entries(case: tuple[np.ndarray, Config]) -> None:
    codes, config = case
    matrix = encode(codes, config)
    pes, columns, rows = matrix.entry_positions()
    blocks = rows // matrix.block_rows
    places = np.stack((pes, blocks, columns, rows), axis=1).tolist()
    assert places == sorted(places)
    assert len(set(map(tuple, places))) == len(places)
    real = matrix.codes != 0
    placed = codes[(rows * config.pe_count + pes)[real], columns[real]]
    np.testing.assert_array_equal(placed, matrix.codes[real])


@pytest.mark.parametrize("pe_count", [1, 2, 4, 8, 16, 256])
def test_a_matrix_of_zeros_has_no_entry(pe_count: int) -> None:
    matrix = encode(np.zeros((5, 3), dtype=np.uint8), Config(pe_count=pe_count))
    matrix.check()
    assert matrix.codes.size == 0
    assert not matrix.pointers.any()
    np.testing.assert_array_equal(decode(matrix), np.zeros((5, 3)))


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.zeros(3, np.uint8), "a matrix must have rows and columns, not shape (3,)"),
        (np.zeros((0, 3), np.uint8), "a matrix must have rows and columns, not shape (0, 3)"),
        (np.zeros((2, 3), np.int64), "codes must be of type uint8, not int64"),
        (np.full((2, 3), 16, np.uint8), "codes must be below 16 (4 bits), not 16"),
    ],
)
def test_refuses(codes: np.ndarray, message: str) -> None:
    with pytest.raises(InputError) as caught:
        encode(codes, TINY)
    assert str(caught.value) == message


def valid() -> EncodedMatrix:
    """Two PEs, three columns, a padding entry in PE 0's first column."""
    codes = np.zeros((40, 3), dtype=np.uint8)
    codes[[36, 1, 5], [0, 1, 2]] = [1, 2, 3]
    return encode(codes, Config(pe_count=2))


def changed(name: str, index: tuple[int, ...], value: int) -> Callable[[], EncodedMatrix]:
    """Give the valid matrix with one number changed."""

    def make() -> EncodedMatrix:
        matrix = valid()
        array = getattr(matrix, name).copy()
        array[index] = value
        return replace(matrix, **{name: array})

    return make


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: replace(valid(), shape=(0, 3)),
            "a matrix must have rows and columns, not 0 x 3",
        ),
        (
            lambda: replace(valid(), shape=(40, 0)),
            "a matrix must have rows and columns, not 40 x 0",
        ),
        (
            lambda: replace(valid(), shape=(40, 4)),
            "pointers must have shape (2, 5), not (2, 4)",
        ),
        (lambda: replace(valid(), pe_count=4), "pointers must have shape (4, 4), not (2, 4)"),
        (changed("pointers", (0, 0), 1), "the pointers of each PE must start with 0"),
        (changed("pointers", (0, 1), 3), "the pointers of each PE must not decrease"),
        (
            changed("pointers", (1, 3), 3),
            "codes and runs must have one value for each of the 5 entries that the pointers "
            "count, not shapes (4,) and (4,)",
        ),
        (
            lambda: replace(valid(), codes=np.ones(3, np.uint8)),
            "codes and runs must have one value for each of the 4 entries that the pointers "
            "count, not shapes (3,) and (4,)",
        ),
        (
            lambda: replace(valid(), runs=np.zeros(5, np.uint8)),
            "codes and runs must have one value for each of the 4 entries that the pointers "
            "count, not shapes (4,) and (5,)",
        ),
        (changed("codes", (1,), 16), "every code must fit in 4 bits"),
        (changed("runs", (1,), 16), "every run must fit in 4 bits"),
        (changed("runs", (0,), 3), "every padding entry must skip 15 rows"),
        (changed("codes", (1,), 0), "every padding entry must skip 15 rows"),
        (
            lambda: replace(
                valid(),
                codes=np.array([0, 0, 2, 3], np.uint8),
                runs=np.array([15, 15, 0, 2], np.uint8),
            ),
            "no column may end in a padding entry",
        ),
        (changed("runs", (1,), 4), "every entry must lie inside the 40 rows of the matrix"),
    ],
)
def test_check_names_the_first_invariant_that_fails(
    make: Callable[[], EncodedMatrix], message: str
) -> None:
    valid().check()
    with pytest.raises(InputError) as caught:
        make().check()
    assert str(caught.value) == message


def test_a_quick_check_looks_at_the_pointers_only() -> None:
    changed("codes", (1,), 16)().check(full=False)
    with pytest.raises(InputError, match="start with 0"):
        changed("pointers", (0, 0), 1)().check(full=False)


def test_the_last_row_may_be_in_the_middle_of_the_pes() -> None:
    """With 6 rows on 4 PEs the second local row exists in PEs 0 and 1 only."""
    codes = np.ones((6, 1), dtype=np.uint8)
    matrix = encode(codes, Config(pe_count=4))
    matrix.check()
    runs = matrix.runs.copy()
    runs[matrix.entry_range(2)] = 1
    with pytest.raises(InputError, match="inside the 6 rows"):
        replace(matrix, runs=runs).check()
