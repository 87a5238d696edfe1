"""Activations that a user gives for files that tell none; oracle: what is asked for."""

from collections.abc import Sequence

import numpy as np
import pytest

from zskip.files.formats.activations import Activations, assume, give
from zskip.files.formats.source import SourceLayers
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

NAMES = ("fc1", "fc2", "fc3")


@pytest.fixture
def layers() -> SourceLayers:
    """Three layers, of which the file tells no activations."""
    weights, bias = np.eye(2), np.zeros(2)
    return assume(
        [FloatLayer(weights=weights, bias=bias, relu=name != "fc3", name=name) for name in NAMES],
        ["a note"],
    )


def test_what_is_assumed_is_said(layers: SourceLayers) -> None:
    assert layers.assumed
    assert layers.notes == (
        "a note",
        "the weights tell no activations: layers are taken to end so: 'fc1', 'fc2' in ReLU; 'fc3' "
        "without activation (give activations if that is not so)",
    )


@pytest.mark.parametrize(
    ("given", "relu"),
    [
        ("relu,none,relu", [True, False, True]),
        (" ReLU, linear,none", [True, False, False]),
        (["none", "relu", "none"], [False, True, False]),
        ("fc1=none,fc3=relu,fc2=none", [False, False, True]),
        ({"fc1": "none", "fc2": "none", "fc3": "none"}, [False, False, False]),
    ],
)
def test_all_are_given(layers: SourceLayers, given: Activations, relu: Sequence[bool]) -> None:
    result = give(layers, given)
    assert [layer.relu for layer in result] == relu
    assert (result.notes, result.assumed) == (("a note",), False)


@pytest.mark.parametrize("given", ["fc2=none", {"fc2": "none"}])
def test_some_are_given(layers: SourceLayers, given: Activations) -> None:
    result = give(layers, given)
    assert [layer.relu for layer in result] == [True, False, False]
    assert "to end so: 'fc1' in ReLU; 'fc3' without activation (give" in result.notes[1]


@pytest.mark.parametrize(
    ("kind", "name"), [("softmax", "Softmax"), ("log_softmax", "LogSoftmax"), ("argmax", "ArgMax")]
)
def test_an_ending_is_taken_off(layers: SourceLayers, kind: str, name: str) -> None:
    result = give(layers, f"relu,relu,{kind}")
    assert [layer.relu for layer in result] == [True, True, False]
    assert result.notes[1] == (
        f"{name} 'fc3' at the end is taken off: the order of the outputs stays"
    )


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            "tanh,relu,none",
            "activation 'tanh' of layer 'fc1' must be relu or none: train the network with ReLU "
            "in its place",
        ),
        (
            "relu,softmax,none",
            "activation 'softmax' of layer 'fc2' must be relu or none: train the network with "
            "ReLU in its place",
        ),
        (
            "relu,relu,gelu",
            "activation 'gelu' of layer 'fc3' must be relu or none, or softmax or such: train the "
            "network with ReLU in its place",
        ),
        (
            "relu,none",
            "activations must be 3, one for each layer, not 2: give as many, or NAME=ACTIVATION "
            "for some",
        ),
        (
            "fc4=relu",
            "activations must be of the layers 'fc1', 'fc2', 'fc3', not of 'fc4': correct the name",
        ),
        (
            "fc1=relu,none",
            "activations must be ACTIVATION for every layer or NAME=ACTIVATION for some, each "
            "once, not 'fc1=relu,none': name every layer",
        ),
        (
            "fc1=relu,fc1=none",
            "activations must be ACTIVATION for every layer or NAME=ACTIVATION for some, each "
            "once, not 'fc1=relu,fc1=none': name every layer",
        ),
    ],
)
def test_refused(layers: SourceLayers, given: Activations, message: str) -> None:
    with pytest.raises(InputError) as caught:
        give(layers, given)
    assert str(caught.value) == message


def test_a_file_that_tells_them(layers: SourceLayers) -> None:
    with pytest.raises(InputError, match="tells its activations itself, so that none must be"):
        give(SourceLayers(layers), "relu,relu,none")
