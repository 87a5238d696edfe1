"""Fixtures that tests of the EIE model share."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from zskip.model.common.scale import LayerScale
from zskip.model.eie.compressor.assemble import FixedLayer


@pytest.fixture(scope="session")
def chain() -> Callable[..., list[FixedLayer]]:
    """Make random layers in the order of their source, some rows and columns of which are empty.

    With `skew` the rows are of very different densities.
    """

    def make(sizes: list[int], density: float, seed: int, skew: float = 0.0) -> list[FixedLayer]:
        rng = np.random.default_rng(seed)
        layers = []
        for index, (inputs, outputs) in enumerate(pairwise(sizes)):
            shares = density * np.exp(skew * rng.standard_normal((outputs, 1)))
            codes = rng.integers(1, 16, (outputs, inputs)) * (
                rng.random((outputs, inputs)) < shares
            )
            codes *= rng.random(inputs) < 0.8
            codes *= rng.random((outputs, 1)) < 0.8
            codebook = rng.integers(-2000, 2000, 16)
            codebook[0] = 0
            layers.append(
                FixedLayer(
                    name=f"fc{index}",
                    codes=codes.astype(np.uint8),
                    codebook=codebook,
                    bias=rng.integers(-(10**6), 10**6, outputs),
                    relu=index < len(sizes) - 2,
                    scale=LayerScale(input_fraction=8, weight_fraction=12, output_fraction=8),
                )
            )
        return layers

    return make
