"""Order of the inputs; oracle: the exact cycle model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.order import packed_order
from zskip.model.eie.compressor.input_order import CLASSES, input_order
from zskip.model.eie.config import TUNED, WIDE, Config
from zskip.model.eie.cycles import layer_timing
from zskip.model.eie.encoding import encode

GROUPS = TUNED.replace(pe_count=4, broadcast_groups=1)

MANY = GROUPS.replace(pe_count=16)


def layer(columns: int, seed: int, spread: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Give codes, and vectors whose inputs are active more or less often."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(1, 16, (30, columns)) * (rng.random((30, columns)) < 0.1)
    often = 1 / (1 + np.exp(spread * rng.standard_normal(columns)))
    vectors = rng.integers(1, 900, (40, columns)) * (rng.random((40, columns)) < often)
    return codes.astype(np.uint8), vectors


@given(st.integers(1, 400), st.sampled_from([1, 4, 16]), st.integers(0, 99))
def test_every_input_once_and_the_same_order_again(columns: int, pe_count: int, seed: int) -> None:
    config = GROUPS.replace(pe_count=pe_count)
    codes, vectors = layer(columns, seed)
    order = input_order(codes, vectors, config)
    assert sorted(order.tolist()) == list(range(columns))
    assert order.tobytes() == input_order(codes, vectors, config).tobytes()


@pytest.mark.parametrize("pe_count", [4, 16, 64])
@pytest.mark.parametrize("spread", [1.0, 3.0, 9.0])
def test_no_more_cycles_on_other_inputs(pe_count: int, spread: float, seed: int) -> None:
    config = GROUPS.replace(pe_count=pe_count)
    codes, vectors = layer(300, seed, spread)
    order = input_order(codes, vectors[:30], config)
    plain, ordered = (
        layer_timing(encode(codes[:, one], config), vectors[30:, one], config)[0]["cycles"].sum()
        for one in (np.arange(300), order)
    )
    assert ordered <= plain * 1.005
    assert ordered < 0.95 * plain or pe_count < 16 or spread < 9


def test_few_classes_of_ascending_inputs() -> None:
    order = input_order(*layer(462, 1, 9.0), MANY)
    assert np.any(np.diff(order) < 0)
    parts = packed_order(order, 462)
    assert sum(part.nbytes for part in parts.values()) <= 462 * CLASSES.bit_length() / 8 + 16


@pytest.mark.parametrize(
    "config", [TUNED, WIDE, MANY.replace(broadcast_groups=0), MANY.replace(streamed=1)]
)
def test_as_they_are_where_none_go_together(config: Config) -> None:
    codes, vectors = layer(300, 1, 9.0)
    assert input_order(codes, vectors, MANY).tolist() != list(range(300))
    assert input_order(codes, vectors, config).tolist() == list(range(300))


def test_as_they_are_where_none_is_active() -> None:
    codes, vectors = layer(300, 1)
    assert input_order(codes, np.zeros_like(vectors), MANY).tolist() == list(range(300))
