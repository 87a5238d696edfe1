"""What patterns keep; oracles: published shares of random weights, and by hand."""

import numpy as np
import pytest

from zskip.model.common.pattern import Pattern, prune_to_pattern
from zskip.model.common.pattern_shares import Kept, ideal_kept, kept
from zskip.model.common.pruning import prune_to_density


@pytest.mark.parametrize(
    ("text", "gauss", "laplace"),
    [
        # Measured shares of iid weights: L1 and L2 that are kept.
        ("8:16", (0.782, 0.912), (0.831, 0.955)),
        ("4:8", (0.768, 0.897), (0.817, 0.944)),
        ("2:4", (0.744, 0.867), (0.792, 0.920)),
        ("1:2", (0.707, 0.818), (0.750, 0.875)),
        ("4:16", (0.499, 0.692), (0.574, 0.805)),
        ("2:8", (0.484, 0.664), (0.554, 0.774)),
        ("1:4", (0.459, 0.617), (0.521, 0.720)),
    ],
)
def test_shares_of_random_weights(
    text: str, gauss: tuple[float, float], laplace: tuple[float, float]
) -> None:
    rng, pattern = np.random.default_rng(5), Pattern.parse(text)
    for weights, shares in (
        (rng.standard_normal((500, 800)), gauss),
        (rng.laplace(size=(500, 800)), laplace),
    ):
        found = kept(weights, prune_to_pattern(weights, pattern))
        assert found == pytest.approx(shares, abs=0.004)
        dense = {0.5: ((0.797, 0.929), (0.847, 0.967)), 0.25: ((0.516, 0.723), (0.597, 0.837))}
        ideal = dense[pattern.density][shares is laplace]
        assert ideal_kept(weights, pattern) == pytest.approx(ideal, abs=0.004)


def test_shares_by_hand() -> None:
    weights = np.array([[3.0, -4.0, 0.0, 5.0, 1.0]])
    pruned = prune_to_pattern(weights, Pattern(1, 4))
    assert pruned.tolist() == [[0.0, 0.0, 0.0, 5.0, 1.0]]
    assert kept(weights, pruned) == pytest.approx((6 / 13, 26 / 51))
    assert ideal_kept(weights, Pattern(1, 4)) == pytest.approx((9 / 13, 41 / 51))
    assert kept(np.zeros((2, 2)), np.zeros((2, 2))) == Kept(1.0, 1.0)
    huge = weights * 1e300
    assert kept(huge, prune_to_pattern(huge, Pattern(1, 4))) == pytest.approx((6 / 13, 26 / 51))


def test_the_ideal_keeps_as_many_weights_as_the_pattern() -> None:
    weights = np.random.default_rng(2).standard_normal((7, 13))
    pattern = Pattern(2, 4)
    assert pattern.slots((7, 13)) == 7 * (3 * 2 + 1)
    assert ideal_kept(weights, pattern) == kept(weights, prune_to_density(weights, 49 / 91))
