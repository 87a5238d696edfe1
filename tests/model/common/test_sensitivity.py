"""The scan against layers pruned by hand, and on a trained network."""

from pathlib import Path

import numpy as np
import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.metrics import accuracy
from zskip.model.common.pruning import prune_to_density
from zskip.model.common.reference import FloatLayer, float_network
from zskip.model.common.sensitivity import Sensitivity, accuracy_of, scan


def network(*names: str) -> tuple[FloatLayer, ...]:
    """Layers of 6 inputs and outputs."""
    rng = np.random.default_rng(1)
    return tuple(
        FloatLayer(
            weights=rng.standard_normal((6, 6)),
            bias=rng.standard_normal(6),
            relu=index < len(names) - 1,
            name=name,
        )
        for index, name in enumerate(names)
    )


def test_one_layer_at_a_time() -> None:
    layers = network("first", "", "last")
    seen: list[tuple[FloatLayer, ...]] = []

    def evaluate(pruned: tuple[FloatLayer, ...]) -> float:
        seen.append(pruned)
        return float(len(seen))

    rows = scan(layers, evaluate, [0.5, 0.1])
    names = ["first", "first", "layer1", "layer1", "last", "last"]
    assert rows == tuple(
        Sensitivity(layer=name, density=density, score=score)
        for name, density, score in zip(names, [0.5, 0.1] * 3, range(1, 7), strict=True)
    )
    for row, pruned in enumerate(seen):
        for index, (layer, source) in enumerate(zip(pruned, layers, strict=True)):
            if index == row // 2:
                expected = prune_to_density(source.weights, rows[row].density)
                np.testing.assert_array_equal(layer.weights, expected)
                assert (layer.name, layer.relu) == (source.name, source.relu)
                assert layer.bias is source.bias
            else:
                assert layer is source


def test_accuracy_of() -> None:
    layers = network("a", "b")
    inputs = np.random.default_rng(2).standard_normal((50, 6))
    labels = np.random.default_rng(3).integers(0, 6, 50)
    expected = accuracy(float_network(layers, inputs)[-1], labels)
    assert accuracy_of(inputs, labels)(layers) == expected
    assert 0 < expected < 1


def test_a_sparse_layer_stays() -> None:
    layers = network("a", "b")
    sparse = FloatLayer(weights=np.eye(6), bias=np.zeros(6), relu=True, name="eye")
    scores = scan((sparse, *layers), lambda pruned: float(pruned[0].weights.sum()), [1.0, 0.5])
    assert [row.score for row in scores[:2]] == [6.0, 6.0]


def test_lenet_suffers_most_in_its_last_layer(shared_data: Path) -> None:
    """A dense network, pruned without training; its last layer has the fewest weights."""
    with np.load(shared_data / "lenet-300-100" / "dense.npz") as archive:
        layers = tuple(
            FloatLayer(
                weights=archive[f"ip{number}.weight"],
                bias=archive[f"ip{number}.bias"],
                relu=number < 3,
                name=f"ip{number}",
            )
            for number in (1, 2, 3)
        )
    with np.load(shared_data / "lenet-300-100" / "mnist-test.npz") as archive:
        images = archive["images"][:1000].reshape(-1, 784) / 256
        labels = archive["labels"][:1000]
    evaluate = accuracy_of(images, labels)
    rows = scan(layers, evaluate, (1.0, 0.3, 0.05))
    scores = {(row.layer, row.density): row.score for row in rows}
    for name in ("ip1", "ip2", "ip3"):
        assert scores[name, 1.0] == evaluate(layers)
        assert scores[name, 0.3] > scores[name, 0.05] + 0.02
    assert scores["ip3", 0.05] < min(scores["ip1", 0.05], scores["ip2", 0.05]) - 0.2


class TestErrors:
    def message(self, layers: tuple[FloatLayer, ...], densities: tuple[float, ...]) -> str:
        def evaluate(_: tuple[FloatLayer, ...]) -> float:
            raise AssertionError("evaluated")

        with pytest.raises(InputError) as caught:
            scan(layers, evaluate, densities)
        return str(caught.value)

    def test_densities(self) -> None:
        assert self.message(network("a"), (0.5, 1.5)) == (
            "density must be above 0 and at most 1, not 1.5: "
            "give the share of weights to keep, such as 0.1"
        )
        assert self.message(network("a"), ()) == (
            "densities must be at least one, not none: give some, such as 0.1 and 0.5"
        )

    def test_network(self) -> None:
        assert self.message((), (0.5,)) == (
            "a network must have at least one layer, not none: give its layers"
        )

    def test_inputs_that_do_not_match(self) -> None:
        evaluate = accuracy_of(np.zeros((3, 5)), np.zeros(3, int))
        with pytest.raises(InputError, match=r"activations must be of shape \(samples, 6\)"):
            scan(network("a"), evaluate, [0.5])
