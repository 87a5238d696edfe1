"""Shared weights with both signs; oracles: the weights, and `cluster` on the magnitudes."""

import numpy as np
import pytest

from zskip.files.formats.chain import Chain
from zskip.model.common.codebook import METHODS, cluster
from zskip.model.common.compress import compress
from zskip.model.common.mirrored import cluster_mirrored, is_mirrored
from zskip.model.eie.config import TINY
from zskip.model.eie.engine import ENGINE

RNG = np.random.default_rng(8)


def single(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("entries", [3, 4, 15, 16])
def test_each_value_has_both_signs(method: str, entries: int) -> None:
    half = single(12, 20) * (RNG.random((12, 20)) < 0.6)
    weights = np.hstack([half, -half])
    result = cluster_mirrored(weights, entries, method=method)
    shared = result.decode()
    np.testing.assert_array_equal(shared[:, :20], -shared[:, 20:])
    np.testing.assert_array_equal(shared == 0, weights == 0)
    magnitudes = cluster(np.abs(weights), (entries - 1) // 2 + 1, method=method)
    np.testing.assert_array_equal(np.abs(shared), magnitudes.decode())
    assert result.cost == magnitudes.cost
    used = result.centroids[1 : np.count_nonzero(result.centroids) + 1]
    assert (np.diff(used) > 0).all()
    assert not result.exact


def test_few_values_are_kept() -> None:
    weights = RNG.choice(np.array([-2.0, -1.0, 0.0, 0.5, 3.0]), (5, 8))
    np.testing.assert_array_equal(cluster_mirrored(weights, 16, method="optimal").decode(), weights)


def test_a_single_value_cannot_have_both_signs() -> None:
    weights = single(3, 4)
    mirrored, plain = (f(weights, 2, method="optimal") for f in (cluster_mirrored, cluster))
    np.testing.assert_array_equal(mirrored.decode(), plain.decode())


def test_which_are_mirrored() -> None:
    half = single(3, 4)
    assert is_mirrored(np.hstack([half, -half]))
    for other in (np.hstack([half, half]), single(3, 5), np.zeros((3, 4))):
        assert not is_mirrored(other)


@pytest.mark.parametrize("seed", range(6))
def test_a_bound_holds_for_sums_far_above_it(seed: int) -> None:
    rng, chain = np.random.default_rng(seed), Chain()
    chain.linear("fc1", (20 * rng.standard_normal((24, 16))).astype(np.float32), None)
    chain.bound("relu", 1.0)
    chain.linear("fc2", rng.standard_normal((10, 24)).astype(np.float32), None)
    inputs = rng.standard_normal((100, 16))
    result = compress(ENGINE, chain.finish(), TINY, calibration=inputs)
    assert result.layers[-1].fidelity.snr_db > 5
