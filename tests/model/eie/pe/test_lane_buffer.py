"""The lane buffer; oracle: entries taken one after the other."""

from itertools import pairwise

import numpy as np
import pytest

from zskip.model.eie.config import TINY, Config
from zskip.model.eie.encoding import encode, local_rows
from zskip.model.eie.figures.work import lane_cycles
from zskip.model.eie.groups import group_starts
from zskip.model.eie.pe.lane_buffer import LaneBuffer

CONFIGS = [
    TINY.replace(lanes=4),
    TINY.replace(lanes=2, accumulator_banks=2, run_bits=1),
    TINY.replace(lanes=8, accumulator_banks=8),
    TINY.replace(lanes=4, accumulator_banks=4, entries_per_word=4, register_depth=7),
]


def greedy(rows: list[int], config: Config) -> list[int]:
    """Return with which entries of a column groups begin."""
    begins: list[int] = []
    banks: set[int] = set()
    for place, row in enumerate(rows):
        bank = row % config.accumulator_banks
        new_block = place % config.entries_per_word == 0
        if new_block or len(banks) == config.lanes or bank in banks:
            begins.append(place)
            banks = set()
        banks.add(bank)
    return begins


@pytest.mark.parametrize("config", CONFIGS, ids=str)
@pytest.mark.parametrize("density", [0.05, 0.5, 1.0])
def test_groups_of_a_matrix(config: Config, density: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 16, (90, 12), dtype=np.uint8) * (rng.random((90, 12)) < density)
    matrix = encode(codes.astype(np.uint8), config)
    for block in range(matrix.blocks):
        expected: list[bool] = []
        for pe in range(config.pe_count):
            where, bounds = matrix.entry_range(pe), matrix.pointers[pe]
            for number, (start, end) in enumerate(pairwise(bounds)):
                wanted = matrix.codes[where][start:end] != 0
                rows = local_rows(matrix.runs[where][start:end], np.array([end - start]))[wanted]
                begins = np.zeros(rows.size, dtype=np.bool_)
                if number // codes.shape[1] == block:
                    begins[greedy(rows.tolist(), config)] = True
                expected += begins.tolist()
        assert group_starts(matrix, block, config).tolist() == expected


def test_nothing_begins_without_entries() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert LaneBuffer(TINY.replace(lanes=4)).begins(none, none).size == 0


@pytest.mark.parametrize("lanes", [1, 2, 8])
def test_cycles_that_the_columns_take_at_least(lanes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 16, (90, 12), dtype=np.uint8) * (rng.random((90, 12)) < 0.3)
    active = rng.random((3, 12)) < 0.5
    expected = [
        sum(
            -(-np.count_nonzero(codes[pe::4, column]) // lanes)
            for pe in range(4)
            for column in np.flatnonzero(vector)
        )
        for vector in active
    ]
    matrix = encode(codes.astype(np.uint8), TINY)
    assert lane_cycles(matrix, active.astype(np.int64), lanes).tolist() == expected
