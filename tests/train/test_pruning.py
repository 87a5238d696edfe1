"""Pruning in a training loop; oracles: sorting, the schedule's formula, `prune_to_density`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.pattern import Pattern, follows, prune_to_pattern
from zskip.model.common.pruning import prune_to_density

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
nn = torch.nn
train = pytest.importorskip("zskip.train")
masks = torch.nn.utils.prune

Model = Any
SIZES = {"0": (20, 30), "2": (10, 20)}


def make_model() -> Model:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 10))


def weights(model: Model) -> dict[str, Any]:
    """Return the weights after a run, as arrays."""
    model(torch.zeros(1, 30))
    return {name: model.get_submodule(name).weight.detach().numpy().copy() for name in SIZES}


def fit(model: Model, optimizer: Any, steps: int = 5) -> None:
    """Train on noise."""
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.randn(16, 30)).square().sum().backward()
        optimizer.step()


OPTIMIZERS: dict[str, Callable[[Model], Any]] = {
    "momentum": lambda m: torch.optim.SGD(m.parameters(), 0.01, momentum=0.9, weight_decay=0.1),
    "adam": lambda m: torch.optim.AdamW(m.parameters(), 0.01),
}


@pytest.mark.parametrize("density", [0.01, 0.1, 0.37, 1.0])
def test_each_layer_keeps_its_largest_weights(density: float) -> None:
    model = make_model()
    before = weights(model)
    left = train.prune(model, density=density)
    for name, after in weights(model).items():
        np.testing.assert_array_equal(after, prune_to_density(before[name], density))
        assert left[name] == round(density * after.size) / after.size
        assert masks.is_pruned(model.get_submodule(name))


def test_global_keeps_the_largest_weights_of_all_layers() -> None:
    model = make_model()
    before = weights(model)
    left = train.prune(model, density=0.25, scope="global")
    magnitudes = np.sort(np.abs(np.concatenate([array.ravel() for array in before.values()])))
    threshold = magnitudes[-200]  # a quarter of 600 + 200 weights
    for name, after in weights(model).items():
        expected = np.where(np.abs(before[name]) >= threshold, before[name], 0)
        np.testing.assert_array_equal(after, expected)
        assert left[name] == np.count_nonzero(expected) / expected.size
    assert left["0"] != left["2"]


def test_a_density_by_name_leaves_the_other_layers_alone() -> None:
    model = make_model()
    before = weights(model)
    assert train.prune(model, density={"2": 0.2}) == {"0": 1.0, "2": 0.2}
    np.testing.assert_array_equal(weights(model)["0"], before["0"])


def test_steps_follow_the_cubic_schedule_and_never_bring_a_weight_back() -> None:
    model = make_model()
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    left: dict[str, float] = {}
    alive = {name: np.ones(shape, dtype=bool) for name, shape in SIZES.items()}
    for step in range(1, 5):
        left = train.prune(model, density=0.1, step=step, steps=4)
        for name, shape in SIZES.items():
            size = shape[0] * shape[1]
            assert left[name] == round(size * (0.1 + 0.9 * (1 - step / 4) ** 3)) / size
        fit(model, optimizer)
        for name, array in weights(model).items():
            assert not array[~alive[name]].any()
            alive[name] = array != 0
    assert left == {"0": 0.1, "2": 0.1}


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_pruned_weights_stay_zero_and_the_others_train(kind: str) -> None:
    model = make_model()
    optimizer = OPTIMIZERS[kind](model)
    fit(model, optimizer)
    train.prune(model, density=0.3)
    before = weights(model)
    fit(model, optimizer)  # made before the pruning
    for name, after in weights(model).items():
        kept = before[name] != 0
        assert not after[~kept].any()
        assert (after[kept] != before[name][kept]).mean() > 0.9


def test_pruning_again_decides_by_the_weights_as_they_are_now() -> None:
    model = make_model()
    train.prune(model, density=0.5)
    fit(model, torch.optim.SGD(model.parameters(), 0.05))  # the attributes are now a step behind
    layer = model[0]
    now = (layer.weight_orig * layer.weight_mask).detach().numpy()
    assert (now != layer.weight.detach().numpy()).any()
    train.prune(model, density=0.2)
    np.testing.assert_array_equal(layer.weight.numpy(), prune_to_density(now, 0.2))


def test_zeros_of_a_pruned_network_hold_at_density_one() -> None:
    model = make_model()
    with torch.no_grad():
        model[0].weight[:, ::2] = 0
    assert train.prune(model, density=1) == {"0": 0.5, "2": 1.0}
    fit(model, torch.optim.Adam(model.parameters()))
    assert not weights(model)["0"][:, ::2].any()


def test_a_mask_of_pytorch_is_kept() -> None:
    model = make_model()
    keep = torch.arange(600).reshape(20, 30) % 3 == 0
    masks.custom_from_mask(model[0], "weight", keep)
    assert train.prune(model, density=0.9) == {"0": 200 / 600, "2": 0.9}
    np.testing.assert_array_equal(weights(model)["0"] != 0, keep.numpy())


def test_masks_do_not_pile_up() -> None:
    model = make_model()
    for step in range(1, 4):
        train.prune(model, density=0.1, step=step, steps=3)
    hooks = model[0]._forward_pre_hooks.values()
    assert [type(hook) for hook in hooks] == [masks.CustomFromMask]  # not a container of them
    assert {name for name, _ in model[0].named_buffers()} == {"weight_mask"}


@pytest.mark.parametrize("text", ["2:4", "1:4", "4:8"])
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_pattern_holds_while_the_others_train(kind: str, text: str) -> None:
    model, pattern = make_model(), Pattern.parse(text)
    optimizer = OPTIMIZERS[kind](model)
    fit(model, optimizer)
    before = weights(model)
    left = train.prune(model, pattern=text)
    for name, after in weights(model).items():
        np.testing.assert_array_equal(after, prune_to_pattern(before[name], pattern))
        assert left[name] == pattern.slots(SIZES[name]) / after.size
        assert masks.is_pruned(model.get_submodule(name))
    before = weights(model)
    fit(model, optimizer)
    for name, after in weights(model).items():
        kept = before[name] != 0
        assert not after[~kept].any()
        assert follows(after, pattern)
        assert (after[kept] != before[name][kept]).mean() > 0.9


def test_a_network_of_the_pattern_keeps_its_weights() -> None:
    model = make_model()
    train.prune(model, pattern="2:4")
    before = weights(model)
    train.prune(model, pattern=Pattern(2, 4))
    for name, after in weights(model).items():
        np.testing.assert_array_equal(after, before[name])
    train.prune(model, density=0.2)
    for name, after in weights(model).items():
        assert follows(after, Pattern(2, 4))
        np.testing.assert_array_equal(after, prune_to_density(before[name], 0.2))


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "zero": (
        {"density": 0},
        "density must be above 0 and at most 1, not 0: "
        "give the share of weights to keep, such as 0.1",
    ),
    "percent": (
        {"density": {"0": 10}},
        "density must be above 0 and at most 1, not 10: "
        "give the share of weights to keep, such as 0.1",
    ),
    "NaN": (
        {"density": float("nan"), "scope": "global"},
        "density must be above 0 and at most 1, not nan: "
        "give the share of weights to keep, such as 0.1",
    ),
    "unknown layer": (
        {"density": {"fc1": 0.1}},
        "a density must be given for a layer of the model, not for 'fc1': the layers are 0, 2",
    ),
    "step zero": (
        {"density": 0.1, "step": 0},
        "step must be 1 to steps = 1, not 0: count the calls from 1",
    ),
    "step beyond": (
        {"density": 0.1, "step": 5, "steps": 4},
        "step must be 1 to steps = 4, not 5: count the calls from 1",
    ),
    "scope": (
        {"density": 0.1, "scope": "row"},
        "scope must be layer or global, not row: leave it out for layer",
    ),
    "global by name": (
        {"density": {"0": 0.1}, "scope": "global"},
        "density must be one number for scope global, not one for each layer: "
        "give a number, or leave the scope out",
    ),
    "nothing to keep": (
        {},
        "prune must be told what to keep, by a density or a pattern, not by none of both: give "
        "density=0.1 or pattern='2:4'",
    ),
    "density and pattern": (
        {"pattern": "2:4", "density": 0.5},
        "the pattern 2:4 must be given without density, steps and scope, which it does not have: "
        "leave them out",
    ),
    "pattern in steps": (
        {"pattern": "2:4", "steps": 2},
        "the pattern 2:4 must be given without density, steps and scope, which it does not have: "
        "leave them out",
    ),
    "no pattern": (
        {"pattern": "50%"},
        "a pattern must be N:M, two whole numbers, not '50%': choose one such as 2:4",
    ),
    "nothing left": (
        {"density": 0.002},
        "every layer must keep a weight that is not zero, but density 0.002 leaves none of the "
        "200 in layer '2': raise the density",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_refused_and_change_nothing(case: str) -> None:
    arguments, message = WRONG[case]
    model = make_model()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(InputError) as caught:
        train.prune(model, **arguments)
    assert str(caught.value) == message
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_pruning_after_sharing_is_refused() -> None:
    model = make_model()
    train.share_weights(model)
    with pytest.raises(InputError) as caught:
        train.prune(model, density=0.5)
    assert str(caught.value) == (
        "prune must come before share_weights, but layer '0' has shared weights: "
        "prune the model as it was before"
    )
