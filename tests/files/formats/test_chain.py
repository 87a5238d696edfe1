"""Folding of scales and offsets; oracle: the operations one after the other, in float64."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from zskip.files.formats.chain import Chain
from zskip.files.formats.normalization import Normalization
from zskip.model.common.errors import InputError
from zskip.model.common.reference import float_network

Vector = NDArray[np.float64]
RNG = np.random.default_rng(5)
SIZES = (6, 5, 4)
INPUTS = RNG.standard_normal((20, SIZES[0]))


def single(*shape: int) -> NDArray[np.float32]:
    """Random float32 values."""
    return RNG.standard_normal(shape).astype(np.float32)


def linear(chain: Chain, values: Vector, outputs: int) -> Vector:
    weights, bias = single(outputs, values.shape[1]), single(outputs)
    chain.linear("fc", weights, bias)
    return values @ weights.T.astype(np.float64) + bias


def scaled(chain: Chain, values: Vector, outputs: int) -> Vector:
    scale, offset = RNG.standard_normal((2, values.shape[1]))
    chain.affine(scale, offset)
    return values * scale + offset


def shifted(chain: Chain, values: Vector, outputs: int) -> Vector:
    offset = RNG.standard_normal(values.shape[1])
    chain.affine(None, offset)
    return values + offset


def normalized(chain: Chain, values: Vector, outputs: int) -> Vector:
    gamma, beta, mean = single(3, values.shape[1])
    variance = np.abs(single(values.shape[1]))
    chain.normalize(
        "bn", Normalization(gamma=gamma, beta=beta, mean=mean, variance=variance, epsilon=0.01)
    )
    return gamma * (values - mean) / np.sqrt(variance.astype(np.float64) + 0.01) + beta


def relu(chain: Chain, values: Vector, outputs: int) -> Vector:
    chain.relu("relu")
    return np.maximum(values, 0)


Step = Callable[[Chain, Vector, int], Vector]
FOLDABLE = st.lists(st.sampled_from([scaled, shifted, normalized]), max_size=3)


@given(FOLDABLE, FOLDABLE, FOLDABLE, FOLDABLE, st.booleans())
def test_against_one_after_the_other(
    before: list[Step], behind: list[Step], between: list[Step], last: list[Step], bent: bool
) -> None:
    chain, values = Chain(), INPUTS
    middle = [relu, *between] if bent else between
    first = [(step, 0) for step in before] + [(linear, SIZES[1])]
    rest = [(step, 0) for step in [*behind, *middle]] + [(linear, SIZES[2])]
    for step, outputs in [*first, *rest, *((step, 0) for step in last)]:
        values = step(chain, values, outputs)
    layers = chain.finish()
    assert [layer.weights.dtype for layer in layers] == [np.float32] * 2
    assert [layer.relu for layer in layers] == [bent, False]
    given_ = float_network(layers, INPUTS)[-1]
    np.testing.assert_allclose(given_, values, rtol=1e-4, atol=1e-4 * np.abs(values).max())


def test_nothing_to_fold_changes_no_bit() -> None:
    chain = Chain()
    weights, bias = single(4, 3), single(4)
    weights[0, 0], bias[0] = -0.0, np.float32(1e-45)
    chain.linear("a", weights, bias)
    chain.linear("b", weights.T.copy(), None)
    chain.affine(None, bias[:3].astype(np.float64))
    first, second = chain.finish()
    assert first.weights is weights
    assert first.bias.tobytes() == bias.tobytes()
    assert second.bias.tobytes() == bias[:3].tobytes()


def test_names_are_made_unique() -> None:
    chain = Chain()
    for name in ("a", "a", "a#2", "a"):
        chain.linear(name, single(1, 1), None)
    assert [layer.name for layer in chain.finish()] == ["a", "a#2", "a#2#2", "a#3"]


def test_relu_twice_is_one() -> None:
    chain = Chain()
    chain.linear("a", single(1, 1), None)
    chain.relu("first")
    chain.relu("second")
    assert [layer.relu for layer in chain.finish()] == [True]


def built(build: Callable[[Chain], None]) -> None:
    chain = Chain()
    build(chain)
    chain.finish()


def add_relu(chain: Chain) -> None:
    chain.relu("act")


def add_scaled_relu(chain: Chain) -> None:
    chain.linear("a", single(2, 2), None)
    chain.relu("first")
    chain.affine(np.ones(2), np.ones(2))
    chain.relu("act")


def add_scale_behind_relu(chain: Chain) -> None:
    chain.linear("a", single(2, 2), None)
    chain.relu("act")
    chain.affine(np.ones(2), np.ones(2))


def add_large_scale(chain: Chain) -> None:
    chain.linear("a", np.ones((2, 2), np.float32), None)
    chain.affine(np.full(2, 1e39), np.zeros(2))


def add_large_offset(chain: Chain) -> None:
    chain.affine(np.ones(2), np.full(2, np.inf))
    chain.linear("a", np.ones((2, 2), np.float32), None)


def add_negative_variance(chain: Chain) -> None:
    chain.linear("a", single(2, 2), None)
    ones = np.ones(2, np.float32)
    chain.normalize(
        "bn", Normalization(gamma=ones, beta=ones, mean=ones, variance=-ones, epsilon=1e-5)
    )


def add_too_many(chain: Chain) -> None:
    for _ in range(1001):
        chain.linear("a", single(1, 1), None)


BEHIND_NOTHING = (
    "ReLU 'act' must come behind a layer, not behind the input or another ReLU: leave out what is "
    "before it"
)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda chain: None, "must hold at least one fully connected layer, not none"),
        (add_relu, BEHIND_NOTHING),
        (add_scaled_relu, BEHIND_NOTHING),
        (
            add_scale_behind_relu,
            "must not end in a normalization, scale or offset behind a ReLU, which no layer can "
            "take up: leave it out, or put it before the ReLU",
        ),
        (
            add_large_scale,
            "values of tensor 'a.weight' must fit in float32, but one is too large: scale them "
            "down",
        ),
        (
            add_large_offset,
            "values of tensor 'a.bias' must be finite, not inf at position 0: remove NaN and "
            "infinite values",
        ),
        (
            add_negative_variance,
            "variance plus epsilon of normalization 'bn' must be finite and above 0 for every "
            "value: train it further, or leave it out",
        ),
        (add_too_many, "must have at most 1000 layers: cut the network into several"),
    ],
)
def test_refused(build: Callable[[Chain], None], message: str) -> None:
    with pytest.raises(InputError) as caught:
        built(build)
    assert str(caught.value) == message


def test_an_ending_is_told_by_its_kind() -> None:
    chain = Chain()
    chain.linear("fc", np.ones((2, 3), np.float32), np.zeros(2, np.float32))
    chain.end("Softmax", "probabilities")
    assert chain.finish().ending == "Softmax"
