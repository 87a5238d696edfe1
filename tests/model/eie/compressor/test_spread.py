"""Rows spread over the banks; oracle: columns counted by sets."""

from itertools import combinations

import numpy as np
import pytest

from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.scale import LayerScale
from zskip.model.eie.compressor.assemble import assemble
from zskip.model.eie.compressor.spread import spread
from zskip.model.eie.config import TINY
from zskip.model.eie.encoding import decode, encode

CONFIG = TINY.replace(lanes=2, accumulator_banks=4, entries_per_word=2, register_depth=10)
SCALE = LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8)


def conflicts(codes: np.ndarray, weights: np.ndarray) -> int:
    """Oracle: columns that two rows of the same PE, block and bank share, of all pairs."""
    places: dict[tuple[int, int, int], list[set[int]]] = {}
    for position, row in enumerate(codes):
        local, pe = divmod(position, CONFIG.pe_count)
        block, inside = divmod(local, CONFIG.register_depth)
        key = pe, block, inside % CONFIG.accumulator_banks
        places.setdefault(key, []).append(set(np.flatnonzero(row).tolist()))
    pairs = (pair for rows in places.values() for pair in combinations(rows, 2))
    return sum(int(weights[list(a & b)].sum()) for a, b in pairs)


def random_codes(rows: int, rng: np.random.Generator) -> np.ndarray:
    """Return random codes, a third of them not zero."""
    return (rng.integers(1, 16, (rows, 50)) * (rng.random((rows, 50)) < 0.3)).astype(np.uint8)


@pytest.mark.parametrize("rows", [1, 16, 40, 77, 80])
def test_fewer_columns_are_shared_and_rows_stay_in_their_pe(rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = random_codes(rows, rng)
    order = rng.permutation(rows)
    found = spread(order, codes, None, CONFIG)
    height = encode(codes, CONFIG).block_rows
    local, pes = np.divmod(np.arange(rows), CONFIG.pe_count)
    level = local % height // CONFIG.accumulator_banks
    for part in set(zip(pes.tolist(), (local // height).tolist(), level.tolist(), strict=True)):
        here = (pes == part[0]) & (local // height == part[1]) & (level == part[2])
        assert sorted(found[here]) == sorted(order[here])
    if rows == 80:
        ones = np.ones(50)
        assert conflicts(codes[found], ones) < conflicts(codes[order], ones)
    if rows <= 16:
        assert found.tolist() == order.tolist()


def test_columns_count_by_their_activity(seed: int) -> None:
    rng = np.random.default_rng(seed)
    codes = random_codes(80, rng)
    activity = np.where(np.arange(50) < 10, 100, 0)
    order = np.arange(80)
    found = spread(order, codes, activity, CONFIG)
    assert conflicts(codes[found], activity) < conflicts(codes[order], activity)
    assert spread(order, codes, 0 * activity, CONFIG).tolist() == order.tolist()


@pytest.mark.parametrize("lanes", [1, 2])
def test_the_compressor_spreads_for_lanes_where_no_entry_is_added(lanes: int, seed: int) -> None:
    codes = random_codes(80, np.random.default_rng(seed))
    layer = FixedLayer(
        name="layer",
        codes=codes,
        codebook=np.arange(16),
        bias=np.zeros(80, dtype=np.int64),
        relu=False,
        scale=SCALE,
    )
    config = CONFIG.replace(lanes=lanes, run_bits=8, entries_per_word=4)
    plain, found = (
        assemble([layer], c).layers[0].matrix for c in (config.replace(lanes=1), config)
    )
    assert found.codes.size == plain.codes.size
    ones = np.ones(50)
    before, after = (conflicts(decode(matrix), ones) for matrix in (plain, found))
    assert after < before if lanes > 1 else after == before
