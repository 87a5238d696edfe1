"""Entries by PE count; oracle: the encoder on the decoded codes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.eie.compressor.balance import balance, row_work
from zskip.model.eie.config import PAPER, PE_COUNTS, TINY
from zskip.model.eie.encoding import decode, encode
from zskip.model.eie.figures.distribution import distribution, entries_by_pe_count
from zskip.verif.eie.stimulus import random_network


@given(
    rows=st.integers(1, 600),
    columns=st.integers(1, 12),
    density=st.floats(0, 1),
    run_bits=st.sampled_from([1, 2, 4, 8]),
    pe_count=st.sampled_from([1, 4, 256]),
    seed=st.integers(0, 999),
)
def test_counts_equal_the_encoder(
    rows: int, columns: int, density: float, run_bits: int, pe_count: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 16, (rows, columns)) * (rng.random((rows, columns)) < density)
    config = PAPER.replace(run_bits=run_bits, entries_per_word=1)
    codes = codes.astype(np.uint8)
    matrix = encode(codes, config.replace(pe_count=pe_count))
    for count, entries in zip(PE_COUNTS, entries_by_pe_count(matrix, config), strict=True):
        expected = encode(codes, config.replace(pe_count=count)).pointers[:, -1]
        assert entries.tolist() == expected.tolist()


def test_spreads_and_load(seed: int) -> None:
    config = TINY.replace(balanced_rows=0)
    network = random_network(config, (60, 200, 30), 0.1, seed)
    result = distribution(network)
    for layer, found in zip(network.layers, result.layers, strict=True):
        for count, spread in zip(PE_COUNTS, found.spreads, strict=True):
            matrix = encode(decode(layer.matrix), config.replace(pe_count=count))
            per_pe = matrix.pointers[:, -1]
            assert (spread.pe_count, spread.entries) == (count, matrix.codes.size)
            assert spread.padding == matrix.padding
            assert spread.padding_share == matrix.padding / matrix.codes.size
            assert spread.balance == pytest.approx(per_pe.max() / per_pe.mean())
        loads = [layer.matrix.codes[layer.matrix.entry_range(pe)] for pe in range(4)]
        assert found.entries_per_pe == tuple(load.size for load in loads)
        assert found.padding_per_pe == tuple(np.count_nonzero(load == 0) for load in loads)
    for index, spread in enumerate(result.spreads):
        parts = [layer.spreads[index] for layer in result.layers]
        assert spread.entries == sum(part.entries for part in parts)
        assert spread.padding == sum(part.padding for part in parts)
    assert result.spreads[0].balance == 1


def test_a_matrix_without_weights() -> None:
    matrix = encode(np.zeros((5, 3), dtype=np.uint8), TINY)
    assert [entries.sum() for entries in entries_by_pe_count(matrix, TINY)] == [0] * len(PE_COUNTS)


@pytest.mark.parametrize("pe_count", [1, 4, 16])
def test_rows_are_balanced_anew_for_other_counts(pe_count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    share = rng.random((700, 1)) ** 3
    codes = ((rng.random((700, 30)) < share) * rng.integers(1, 16, (700, 30))).astype(np.uint8)
    config = TINY.replace(pe_count=pe_count)
    found = entries_by_pe_count(encode(codes, config), config)
    for count, entries in zip(PE_COUNTS, found, strict=True):
        other = config.replace(pe_count=count)
        order = slice(None) if count == pe_count else balance(row_work(codes), other)
        assert entries.tolist() == encode(codes[order], other).pointers[:, -1].tolist()
