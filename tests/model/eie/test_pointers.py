"""Pointers in pairs and groups: what the pointer read finds is what was put in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.eie import pointers
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import encode
from zskip.model.eie.pe.grouped_pointer_read import GroupedPointerRead
from zskip.model.eie.pe.pointer_read import PointerRead

PAIRED, GROUPED = TINY, TINY.replace(grouped_pointers=1)


def totals(counts: list[list[int]]) -> np.ndarray:
    """Pointers of columns with so many entries."""
    return np.concatenate((np.zeros((len(counts), 1), int), np.cumsum(counts, axis=1)), axis=1)


@given(
    counts=st.integers(1, 70).flatmap(
        lambda columns: st.lists(
            st.lists(st.sampled_from([0, 0, 0, 1, 2, 9, 200]), min_size=columns, max_size=columns),
            min_size=1,
            max_size=3,
        )
    ),
    first=st.integers(0, 1000),
    grouped=st.booleans(),
)
def test_every_column_is_found(counts: list[list[int]], first: int, grouped: bool) -> None:
    config = GROUPED if grouped else PAIRED
    given = totals(counts)
    columns = given.shape[1] - 1
    bits = pointers.group_bits(given, config)
    halves = pointers.halves(given + first, bits, config)
    assert halves.shape == (len(counts), 2 * pointers.address_count(columns, bits, config))
    assert halves.min() >= 0
    assert halves.max() < 1 << 32
    for pe, row in enumerate(halves):
        read = (GroupedPointerRead if grouped else PointerRead)(np.concatenate(([7, 7], row)))
        start, end = read.read(1, np.arange(columns), bits)
        assert start.tolist() == (given[pe, :-1] + first).tolist()
        assert end.tolist() == (given[pe, 1:] + first).tolist()


@pytest.mark.parametrize(
    ("most", "bits"), [(0, 4), (3, 4), (4, 3), (15, 3), (16, 2), (255, 2), (256, 1), (65535, 1)]
)
def test_groups_are_as_large_as_their_counts_hold(most: int, bits: int) -> None:
    """One column of one PE decides."""
    given = totals([[0] * 40, [0] * 37 + [most, 0, 0]])
    assert pointers.group_bits(given, GROUPED) == bits
    assert pointers.group_bits(given, PAIRED) == 1


def test_a_word_by_hand() -> None:
    """Groups of 8: counts of 4 bits, the first column's in the lowest."""
    given = totals([[1, 0, 2, 0, 0, 0, 0, 5, 4]])
    assert pointers.group_bits(given, GROUPED) == 3
    assert pointers.halves(given, 3, GROUPED).tolist() == [[0, 0x50000201, 8, 4]]


def test_addresses_of_blocks() -> None:
    """Each block of rows has groups of its own."""
    codes = np.zeros((40, 9), dtype=np.uint8)
    codes[20:, 2] = 1
    config = GROUPED.replace(register_depth=5, pe_count=4)
    matrix = encode(codes, config)
    assert matrix.blocks == 2
    assert pointers.layer_addresses(matrix, config) == 1 + 2
