"""Trained quantization; oracles: the formula of its gradient, `cluster`, counting."""

import copy
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zskip.model.common.codebook import METHODS, cluster
from zskip.model.common.errors import InputError

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn
train = pytest.importorskip("zskip.train")

Model = Any


def make_model(density: float = 0.3) -> Model:
    torch.manual_seed(2)
    model = nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 10))
    if density < 1:
        train.prune(model, density=density)
    return model


def fit(model: Model, optimizer: Any, steps: int = 10) -> list[float]:
    """Train on random labels; returns the loss of each step."""
    generator = torch.Generator().manual_seed(3)
    inputs = torch.randn(64, 30, generator=generator)
    labels = torch.randint(10, (64,), generator=generator)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def arrays(model: Model) -> list[Any]:
    return [model[index].weight.detach().numpy().copy() for index in (0, 2)]


def centroids(layer: Any) -> Any:
    return layer.parametrizations.weight.original


def codes(layer: Any) -> Any:
    return layer.parametrizations.weight[0].codes.numpy()


def distinct(weight: Any) -> int:
    return len(np.unique(weight[weight != 0]))


@given(st.integers(0, 2**32 - 1), st.integers(2, 4), st.floats(0.2, 1.0))
def test_the_gradient_of_a_centroid_is_the_sum_over_its_weights(
    seed: int, bits: int, density: float
) -> None:
    # Small whole numbers, whose products and sums float32 holds exactly in any order.
    rng = np.random.default_rng(seed)
    layer = nn.Linear(7, 5)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(rng.normal(size=(5, 7))))
    train.prune(layer, density=density)
    train.share_weights(layer, bits=bits)
    inputs, upstream = rng.integers(-8, 9, (6, 7)), rng.integers(-8, 9, (6, 5))
    (layer(torch.tensor(inputs, dtype=torch.float32)) * torch.tensor(upstream)).sum().backward()
    of_weights = upstream.T @ inputs  # dL/dW_ij of L = sum(upstream * (W x + b))
    expected = [of_weights[codes(layer) == k + 1].sum() for k in range(len(centroids(layer)))]
    np.testing.assert_array_equal(centroids(layer).grad.numpy(), expected)


@pytest.mark.parametrize("initialization", METHODS)
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_the_start_is_the_clustering_of_the_pruned_weights(initialization: str, bits: int) -> None:
    model = make_model()
    pruned = arrays(model)
    train.share_weights(model, bits=bits, initialization=initialization, seed=5)
    for layer, weight, before in zip((model[0], model[2]), arrays(model), pruned, strict=True):
        expected = cluster(before, 2**bits, method=initialization, seed=5)
        np.testing.assert_array_equal(codes(layer), expected.codes)
        np.testing.assert_array_equal(weight, expected.decode().astype(np.float32))


def test_the_start_is_what_the_clustering_says_even_where_it_is_not_the_mean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    start = partial(cluster, max_iterations=0)
    monkeypatch.setattr(pytest.importorskip("zskip.train.sharing"), "cluster", start)
    model = make_model()
    expected = start(arrays(model)[0], 16, method="linear").decode().astype(np.float32)
    train.share_weights(model)
    np.testing.assert_array_equal(arrays(model)[0], expected)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 8])
def test_training_moves_the_values_but_neither_their_number_nor_the_zeros(bits: int) -> None:
    model = make_model()
    train.share_weights(model, bits=bits)
    before, fixed = arrays(model), [codes(model[0]).copy(), codes(model[2]).copy()]
    fit(model, torch.optim.SGD(model.parameters(), 0.1, momentum=0.9, weight_decay=0.1))
    fit(model, torch.optim.AdamW(model.parameters(), 0.01))
    for index, layer in enumerate((model[0], model[2])):
        after = arrays(model)[index]
        np.testing.assert_array_equal(after != 0, before[index] != 0)
        assert distinct(after) == min(distinct(before[index]), 2**bits - 1)
        assert (after[after != 0] != before[index][after != 0]).all()
        np.testing.assert_array_equal(codes(layer), fixed[index])
        trained = np.append(0, centroids(layer).detach().numpy())
        np.testing.assert_array_equal(after, trained[codes(layer)])


def test_training_the_centroids_lowers_the_loss() -> None:
    model = make_model()
    train.share_weights(model, bits=2)
    for values in model.parameters():
        values.requires_grad_(values.ndim == 1 and len(values) == 3)  # not the biases
    losses = fit(model, torch.optim.Adam(model.parameters(), 0.01), steps=100)
    assert losses[-1] < losses[0] - 0.05


def test_biases_go_on_training() -> None:
    model = make_model()
    before = model[0].bias.detach().clone()
    train.share_weights(model)
    fit(model, torch.optim.SGD(model.parameters(), 0.1))
    assert not torch.equal(model[0].bias, before)


def test_a_model_that_is_not_pruned_is_shared_whole() -> None:
    model = make_model(density=1)
    train.share_weights(model, bits=3)
    for weight in arrays(model):
        assert distinct(weight) == 7
        assert weight.all()


def test_few_values_are_kept_bit_for_bit() -> None:
    model = make_model(density=1)
    values = torch.tensor([0.1, -0.3, 0.7])
    with torch.no_grad():
        model[0].weight.copy_(values[torch.randint(3, (20, 30))])
    before = arrays(model)[0]
    train.share_weights(model, bits=2)
    np.testing.assert_array_equal(arrays(model)[0], before)


def test_masks_become_permanent() -> None:
    model = make_model()
    train.share_weights(model)
    assert not torch.nn.utils.prune.is_pruned(model)
    assert [name for name, _ in model.named_parameters()] == [
        "0.bias",
        "0.parametrizations.weight.original",
        "2.bias",
        "2.parametrizations.weight.original",
    ]


def test_the_weights_that_are_shared_are_those_of_now() -> None:
    model = make_model()
    fit(model, torch.optim.SGD(model.parameters(), 0.5))  # the attributes are now a step behind
    layer = model[0]
    now = (layer.weight_orig * layer.weight_mask).detach().numpy()
    train.share_weights(model)
    np.testing.assert_array_equal(arrays(model)[0], cluster(now, 16).decode().astype(np.float32))


def test_an_optimizer_of_the_old_parameters_fails_instead_of_doing_nothing() -> None:
    model = make_model(density=1)
    optimizer = torch.optim.Adam(model.parameters())
    fit(model, optimizer)
    train.share_weights(model)
    with pytest.raises(RuntimeError, match="must match the size"):
        fit(model, optimizer)


def test_an_optimizer_without_state_goes_on() -> None:
    model = make_model()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    loss = model(torch.randn(4, 30)).sum()  # alive while the parameters change
    loss.backward()
    train.share_weights(model)
    assert centroids(model[0]).grad is None
    before = arrays(model)[0]
    fit(model, optimizer)
    assert (arrays(model)[0] != before).any()


def test_an_assigned_weight_is_averaged_over_the_clusters() -> None:
    layer = nn.Linear(8, 4)
    train.share_weights(layer, bits=2)
    index = codes(layer)
    new = np.random.default_rng(0).integers(-9, 10, (4, 8)).astype(np.float32)
    layer.weight = torch.from_numpy(new)
    expected = [np.float32(np.mean(new[index == k], dtype=np.float64)) for k in (1, 2, 3)]
    np.testing.assert_array_equal(centroids(layer).detach().numpy(), expected)


def test_copies_and_checkpoints_hold_the_shared_weights() -> None:
    model = make_model()
    train.share_weights(model)
    twin = copy.deepcopy(model)
    fit(model, torch.optim.Adam(model.parameters(), 0.01))
    assert (arrays(twin)[0] != arrays(model)[0]).any()
    twin.load_state_dict(model.state_dict())
    for one, other in zip(arrays(twin), arrays(model), strict=True):
        np.testing.assert_array_equal(one, other)


def run(initialization: str, seed: int) -> list[Any]:
    model = make_model()
    train.share_weights(model, bits=3, initialization=initialization, seed=seed)
    fit(model, torch.optim.Adam(model.parameters(), 0.01))
    return arrays(model)


@pytest.mark.parametrize("initialization", METHODS)
def test_the_same_seeds_give_the_same_weights(initialization: str) -> None:
    for one, other in zip(run(initialization, 7), run(initialization, 7), strict=True):
        np.testing.assert_array_equal(one, other)


def test_another_seed_draws_other_centroids() -> None:
    assert (run("random", 7)[0] != run("random", 8)[0]).any()


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "one bit": (
        {"bits": 1},
        "bits must be 2 to 8, not 1: choose 4 for 15 values and zero",
    ),
    "nine bits": (
        {"bits": 9},
        "bits must be 2 to 8, not 9: choose 4 for 15 values and zero",
    ),
    "initialization": (
        {"initialization": "uniform"},
        "initialization must be one of linear, density, random, optimal, not uniform: "
        "leave it out for linear",
    ),
    "seed": (
        {"initialization": "random", "seed": -1},
        "seed must be 0 or more, not -1: leave it out for 0",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_refused_and_change_nothing(case: str) -> None:
    arguments, message = WRONG[case]
    model = make_model()
    before = list(model.state_dict())
    with pytest.raises(InputError) as caught:
        train.share_weights(model, **arguments)
    assert str(caught.value) == message
    assert list(model.state_dict()) == before


def test_sharing_twice_is_refused() -> None:
    model = make_model()
    train.share_weights(model)
    with pytest.raises(InputError) as caught:
        train.share_weights(model, bits=3)
    assert str(caught.value) == (
        "weights must be shared once, but those of layer '0' are already: "
        "share those of the model as it was before"
    )


def test_a_layer_of_zeros_has_no_centroid() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    with torch.no_grad():
        model[2].weight.zero_()
    train.share_weights(model)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(2, 4)).sum().backward()
    optimizer.step()
    assert centroids(model[2]).numel() == 0
    assert not model[2].weight.any()
