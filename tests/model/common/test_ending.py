"""Operations behind the last layer; oracle: their definitions in Python's floats."""

import math

import numpy as np
import pytest

from zskip.files.formats.source import ENDINGS as SAID
from zskip.model.common.ending import ENDINGS, apply_ending, check_ending
from zskip.model.common.errors import InputError

OUTPUTS = np.array([[1.0, -2.0, 0.5], [3.0, 3.0, -700.0], [0.0, 0.25, 0.125]])


def test_values() -> None:
    for name in ("Softmax", "LogSoftmax", "Sigmoid"):
        for given, actual in zip(OUTPUTS.tolist(), apply_ending(name, OUTPUTS), strict=True):
            total = sum(map(math.exp, given))
            expected = {
                "Softmax": [math.exp(x) / total for x in given],
                "LogSoftmax": [x - math.log(total) for x in given],
                "Sigmoid": [1 / (1 + math.exp(-x)) for x in given],
            }
            np.testing.assert_allclose(actual, expected[name], rtol=1e-12)


def test_classes_are_those_of_the_first_largest() -> None:
    assert apply_ending("ArgMax", OUTPUTS).tolist() == [0, 0, 1]
    assert apply_ending("Hardmax", OUTPUTS).tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize("name", ["Softmax", "LogSoftmax", "Sigmoid"])
def test_large_outputs_do_not_overflow(name: str) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        result = apply_ending(name, np.array([[3e4, -3e4]]))
    assert result[0, 0] == (0.0 if name == "LogSoftmax" else 1.0)
    assert result[0, 1] == (-6e4 if name == "LogSoftmax" else 0.0)


def test_every_ending_that_is_taken_off_can_be_applied() -> None:
    assert set(SAID) == set(ENDINGS)


def test_an_unknown_ending_is_refused() -> None:
    check_ending(None)
    with pytest.raises(InputError) as caught:
        check_ending("Tanh")
    assert str(caught.value) == (
        "the ending must be ArgMax, Hardmax, LogSoftmax, Sigmoid, Softmax or none, not 'Tanh'"
    )
