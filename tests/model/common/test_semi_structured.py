"""PyTorch's semi-structured pair; oracles: PyTorch's conversions, and its codes as data."""

import importlib
from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.semi_structured import (
    SemiStructured,
    from_dense,
    reorder_metadata,
    restore_metadata,
    to_dense,
)

TORCH_CODES = {
    # Which of the four weights are not zero, and the code that PyTorch 2.13 gives.
    (0, 0, 0, 0): 0b1110,
    (1, 0, 0, 0): 0b1000,
    (0, 1, 0, 0): 0b1001,
    (0, 0, 1, 0): 0b1110,
    (0, 0, 0, 1): 0b1110,
    (1, 1, 0, 0): 0b0100,
    (1, 0, 1, 0): 0b1000,
    (1, 0, 0, 1): 0b1100,
    (0, 1, 1, 0): 0b1001,
    (0, 1, 0, 1): 0b1101,
    (0, 0, 1, 1): 0b1110,
}
SHAPES = {
    "float16": [(32, 32), (32, 64), (64, 256), (96, 160)],
    "int8": [(16, 64), (16, 128), (64, 512)],
    "float32": [(32, 16), (64, 64)],
}


def matrix(name: str, shape: tuple[int, int], seed: int = 1) -> np.ndarray:
    """Return a random matrix with as many weights in each group as there may be, or fewer."""
    rng = np.random.default_rng(seed)
    size = 2 if name == "float32" else 4
    weights = rng.integers(1, 100, shape) * rng.choice([-1, 1], shape)
    ranks = rng.permuted(np.tile(np.arange(size), (weights.size // size, 1)), axis=1)
    kept = ranks < rng.integers(0, size // 2 + 1, (len(ranks), 1))
    return np.where(kept.reshape(shape), weights, 0).astype(name)


def by_hand(words: np.ndarray) -> np.ndarray:
    """Oracle: CUTLASS's reorder_meta, word by word."""
    rows, columns = words.shape
    group, interleave = (32, 4) if words.dtype.itemsize == 2 else (16, 2)
    memory = np.zeros(words.size, words.dtype)
    for row, column in product(range(rows), range(columns)):
        to_row = row // group * group + row % 8 * interleave + row % group // 8
        to_column = column
        if to_row % 2 == 0 and to_column % 2 == 1:
            to_row, to_column = to_row + 1, to_column - 1
        elif to_row % 2 == 1 and to_column % 2 == 0:
            to_row, to_column = to_row - 1, to_column + 1
        memory[to_column // 2 * rows * 2 + to_row * 2 + to_column % 2] = words[row, column]
    return memory.reshape(rows, columns)


CASES = [(name, shape) for name, shapes in SHAPES.items() for shape in shapes]


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_there_and_back(name: str, shape: tuple[int, int]) -> None:
    weights = matrix(name, shape)
    values, metadata = from_dense(weights)
    assert (values.dtype, values.shape) == (weights.dtype, (shape[0], shape[1] // 2))
    assert metadata.dtype == (np.int32 if name == "int8" else np.int16)
    assert to_dense(values, metadata).dtype == weights.dtype
    np.testing.assert_array_equal(to_dense(values, metadata), weights)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_against_torch(name: str, shape: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = importlib.import_module("torch.sparse._semi_structured_conversions")
    compress: Callable = theirs.sparse_semi_structured_from_dense_cutlass
    for seed in range(3):
        weights = matrix(name, shape, seed)
        expected = [tensor.numpy() for tensor in compress(torch.from_numpy(weights))]
        found = from_dense(weights)
        for array, other in zip(found, expected, strict=True):
            assert array.dtype == other.dtype
            np.testing.assert_array_equal(array, other)
        back = theirs.sparse_semi_structured_to_dense_cutlass(*map(torch.from_numpy, found))
        np.testing.assert_array_equal(back.numpy(), weights)


@pytest.mark.parametrize("group", TORCH_CODES)
def test_codes_of_torch(group: tuple[int, int, int, int]) -> None:
    weights = np.tile(np.array(group, np.float16), (32, 8))
    code = TORCH_CODES[group]
    values, metadata = from_dense(weights)
    assert (metadata == np.array(code * 0x1111, np.uint16).view(np.int16)).all()
    assert values[0, :2].tolist() == [group[code & 3], group[code >> 2]]
    pairs = np.tile(np.array(group, np.int8), (16, 16))
    assert (from_dense(pairs)[1] == np.array(code * 0x11111111, np.uint32).view(np.int32)).all()


def test_the_published_word() -> None:
    weights = np.tile(np.array([0, 0, 1, 1], np.float16), (32, 8))
    assert set(from_dense(weights).metadata.ravel().tolist()) == {-4370}


def test_group_0_is_in_the_lowest_bits() -> None:
    weights = np.zeros((32, 32), np.float16)
    weights[0, :16] = [1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0, 1]
    words = restore_metadata(from_dense(weights).metadata)
    assert words[0].astype(np.uint16).tolist() == [0b1101_1001_1000_0100, 0xEEEE]


@pytest.mark.parametrize(("dtype", "rows"), [(np.int16, 32), (np.int16, 96), (np.int32, 48)])
def test_the_order_of_cutlass(dtype: type[np.signedinteger], rows: int) -> None:
    words = np.arange(rows * 6, dtype=dtype).reshape(rows, 6)
    np.testing.assert_array_equal(reorder_metadata(words), by_hand(words))
    np.testing.assert_array_equal(restore_metadata(reorder_metadata(words)), words)


OVERFULL = [group for group in product((0, 1), repeat=4) if group not in TORCH_CODES]


@pytest.mark.parametrize("group", OVERFULL)
def test_groups_with_too_many_weights_are_refused(group: tuple[int, ...]) -> None:
    weights = matrix("float16", (32, 64))
    weights[5, 8:12] = group
    with pytest.raises(InputError) as caught:
        from_dense(weights)
    assert str(caught.value) == (
        f"a group of 4 weights must have at most 2 that are not zero, not {sum(group)} as inputs 8 "
        "to 11 of output 5: prune to the pattern"
    )


@pytest.mark.parametrize("code", [0b0000, 0b0001, 0b0101, 0b1010, 0b0110, 0b1011, 0b1111])
def test_illegal_codes_are_refused(code: int) -> None:
    values, metadata = from_dense(matrix("float16", (32, 64)))
    words = restore_metadata(metadata)
    words[3, 1] = (int(words[3, 1]) & 0x0FFF) | (code << 12 if code < 8 else (code - 16) << 12)
    with pytest.raises(InputError) as caught:
        to_dense(values, reorder_metadata(words))
    assert str(caught.value) == (
        "a code of the metadata must be one of 0100, 1000, 1001, 1100, 1101, 1110, not "
        f"{code:04b} of group 7 of output 3: write it again"
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros((32, 32)), "must be made of a matrix of float16, float32, int8, not of float64"),
        (np.zeros(32, np.int8), r"not of int8 of shape \(32,\): convert it"),
        (np.zeros((32, 48), np.float16), "of 32 outputs and of 32 inputs, not 32 x 48"),
        (np.zeros((16, 32), np.float16), "of 32 outputs and of 32 inputs, not 16 x 32"),
        (np.zeros((16, 32), np.int8), "of 16 outputs and of 64 inputs, not 16 x 32"),
        (np.zeros((32, 8), np.float32), "of 32 outputs and of 16 inputs, not 32 x 8"),
        (np.zeros((0, 32), np.float16), "of 32 outputs and of 32 inputs, not 0 x 32"),
        (np.ones((32, 16), np.float32), "a group of 2 weights must have at most 1 that"),
    ],
)
def test_refused_matrices(weights: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_dense(weights)


PAIR = from_dense(matrix("float16", (32, 64)))


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        (
            PAIR._replace(metadata=PAIR.metadata.astype(np.int64)),
            "of int16 or int32, not of shapes",
        ),
        (PAIR._replace(values=PAIR.values.ravel()), "must be matrices"),
        (PAIR._replace(values=PAIR.values[:, :31]), "a nibble for each group of 32 rows of 31"),
        (PAIR._replace(metadata=PAIR.metadata[:31]), "a nibble for each group of 32 rows of 32"),
        (SemiStructured(*(part[:16] for part in PAIR)), "a multiple of 32 outputs"),
    ],
)
def test_refused_pairs(pair: SemiStructured, message: str) -> None:
    with pytest.raises(InputError, match=message):
        to_dense(*pair)
