"""Activations as sums of ReLUs; oracle: the activations themselves, in float64."""

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.chain import Chain
from zskip.files.formats.pieces import Steps
from zskip.model.common.errors import InputError
from zskip.model.common.reference import float_network

RNG = np.random.default_rng(8)
SIGN = Steps(thresholds=(0.0,), low=-1.0, height=2.0)
TERNARY = Steps(thresholds=(-0.5, 0.5), low=-1.0, height=1.0)
Matrix = NDArray[np.float32]


def single(*shape: int) -> Matrix:
    """Random float32 values."""
    return RNG.standard_normal(shape).astype(np.float32)


def taken(steps: Steps, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The steps themselves."""
    above = sum((values > threshold).astype(float) for threshold in steps.thresholds)
    return steps.low + steps.height * np.asarray(above)


def test_bounded_relus_are_exact() -> None:
    chain, inputs = Chain(), RNG.standard_normal((50, 6))
    first, second, last = single(5, 6), single(4, 5), single(3, 4)
    bias, upper = single(5), np.array([0.25, 0.5, 1.0, 2.0, 4.0])
    chain.linear("fc1", first, bias)
    chain.bound("relu6", upper)
    chain.affine(np.arange(1.0, 6.0), np.arange(5.0))
    chain.linear("fc2", second, None)
    chain.relu("relu")
    chain.bound("relu1", 1.0)
    chain.linear("fc3", last, None)
    hidden = np.clip(inputs @ first.T.astype(float) + bias, 0, upper)
    hidden = np.clip((hidden * np.arange(1, 6) + np.arange(5)) @ second.T, 0, 1)
    layers = chain.finish()
    np.testing.assert_allclose(float_network(layers, inputs)[-1], hidden @ last.T, atol=1e-5)
    assert [layer.weights.shape for layer in layers] == [(10, 6), (8, 10), (3, 8)]
    assert layers.notes[0] == (
        "rows are doubled for an upper bound, as min(relu(x), c) is relu(x) - relu(x - c), in "
        "'fc1', 'fc2'"
    )


def test_the_tighter_of_two_bounds_holds() -> None:
    chain = Chain()
    chain.linear("fc1", np.eye(2, dtype=np.float32), None)
    chain.bound("a", 4.0)
    chain.bound("b", 3.0)
    chain.bound("c", 5.0)
    chain.linear("fc2", np.eye(2, dtype=np.float32), None)
    inputs = np.array([[9.0, 2.0]])
    assert float_network(chain.finish(), inputs)[-1].tolist() == [[3, 2]]


def test_an_ending_is_known_and_said() -> None:
    chain = Chain()
    chain.linear("fc1", np.eye(2, dtype=np.float32), None)
    chain.end("Softmax", "last")
    layers = chain.finish()
    assert layers.ending == "Softmax"
    assert layers.notes == (
        "Softmax 'last' at the end is taken off: the order of the outputs stays",
    )


@pytest.mark.parametrize(("steps", "choices"), [(SIGN, (-1, 1)), (TERNARY, (-1, 0, 1))])
def test_steps_between_integers_are_exact(steps: Steps, choices: tuple[int, ...]) -> None:
    chain, inputs = Chain(), RNG.standard_normal((200, 9))
    matrices = [RNG.choice(choices, shape).astype(np.float32) for shape in ((12, 9), (8, 12))]
    values = inputs
    for index, weights in enumerate([*matrices, RNG.choice(choices, (8, 8)).astype(np.float32)]):
        scale, offset = RNG.standard_normal((2, len(weights)))
        scale[0] *= index != 1
        chain.linear(f"fc{index}", weights, None)
        chain.affine(scale, offset)
        chain.steps("Sign", f"act{index}", steps)
        values = taken(steps, values @ weights.T * scale + offset)
    last = single(3, 8)
    chain.linear("out", last, None)
    layers = chain.finish()
    given = float_network(layers, inputs)[-1]
    equal = np.isclose(given, values @ last.T, atol=1e-4).all(axis=1)
    # Only inputs that fall on a ramp of the first layer may differ.
    assert equal.mean() > 0.7
    for layer in layers[:-1]:
        assert len(np.unique(layer.weights)) <= 15
    assert layers.notes == (
        "steps are made of ReLUs as narrow ramps, on which few values fall, in Sign 'act0'",
        "exact sums of ReLUs, as sums of integers go in, are made of Sign 'act1', Sign 'act2'",
        f"these ReLUs make {sum(layer.weights.size for layer in layers):,} weights of 292: "
        "sizes and speed-ups compare with the former",
    )


def test_steps_between_integers_have_no_ramp() -> None:
    chain = Chain()
    chain.linear("fc1", np.eye(3, dtype=np.float32), None)
    chain.steps("Sign", "a", SIGN)
    chain.linear("fc2", np.array([[1, 1, 1], [1, -1, 1]], dtype=np.float32), None)
    chain.affine(np.array([0.3, -2.0]), np.array([0.4, 0.1]))
    chain.steps("Sign", "b", SIGN)
    chain.linear("fc3", np.eye(2, dtype=np.float32), None)
    signs = np.array(np.meshgrid(*[[-1.0, 1.0]] * 3)).reshape(3, -1).T
    expected = np.sign(signs @ [[1, 1], [1, -1], [1, 1]] * [0.3, -2.0] + [0.4, 0.1])
    assert float_network(chain.finish(), signs)[-1].tolist() == expected.tolist()


def test_no_end_in_a_sum() -> None:
    chain = Chain()
    chain.linear("fc1", single(2, 3), None)
    chain.bound("relu6", 6.0)
    with pytest.raises(InputError, match="must not end in a ReLU with an upper bound"):
        chain.finish()
    chain = Chain()
    chain.linear("fc1", single(2, 3), None)
    chain.steps("Sign", "sign", SIGN)
    with pytest.raises(InputError, match="must not end in an activation of steps"):
        chain.finish()


def test_wrong_places_and_bounds() -> None:
    chain = Chain()
    with pytest.raises(InputError, match="Sign 'a' must come just behind a layer: "):
        chain.steps("Sign", "a", SIGN)
    chain.linear("fc1", single(2, 3), None)
    with pytest.raises(InputError, match="bound of ReLU 'b' must be finite and above 0: "):
        chain.bound("b", 0.0)
