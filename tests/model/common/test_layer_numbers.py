"""Real numbers and words of layers in floating point; oracle: NumPy's own floats."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from zskip.model.bitlet.config import BITLET, Config
from zskip.model.common import network
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import IntArray
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat
from zskip.model.common.scale import LayerScale
from zskip.model.common.stream import FIXED, ActivationFormat


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class Layer(network.Layer[Config]):
    """A layer of one weight."""

    kind: FloatFormat | None = None

    @property
    def number(self) -> FloatFormat | None:
        return self.kind

    @property
    def shape(self) -> tuple[int, int]:
        return 1, 1

    @property
    def nonzeros(self) -> int:
        return 0

    def weight_blocks(self) -> Iterator[tuple[slice, IntArray]]:
        yield slice(0, 1), np.zeros((1, 1), dtype=np.int64)

    def check_weights(self, config: Config) -> None:
        """Take any."""


LAYER = Layer(
    name="fc1",
    bias=np.zeros(1, dtype=np.int64),
    relu=False,
    scale=LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0),
)


@pytest.mark.parametrize(
    ("number", "kind", "places"), [(FLOAT16, np.float16, 1), (FLOAT32, np.float32, 2)]
)
def test_words_are_those_of_the_nearest_numbers(
    number: FloatFormat, kind: type[np.floating], places: int
) -> None:
    layer = replace(LAYER, kind=number)
    assert (layer.form, LAYER.form) == (ActivationFormat(places=places, signed=False), FIXED)
    real = np.random.default_rng(0).standard_normal((3, 4)) * 100
    words, clipped = layer.input_words(real, BITLET)
    np.testing.assert_array_equal(words, real.astype(kind).view(f"u{2 * places}"))
    np.testing.assert_array_equal(layer.input_values(words), real.astype(kind).astype(np.float64))
    np.testing.assert_array_equal(layer.output_values(words), layer.input_values(words))
    assert not clipped.any()


def test_what_is_beyond_the_range_is_clipped() -> None:
    layer = replace(LAYER, kind=FLOAT16)
    assert layer.input_limits(BITLET) == (-65504, 65504)
    words, clipped = layer.input_words(np.array([[1e6, -1e6, 65504, -65504.0]]), BITLET)
    assert layer.input_values(words).tolist() == [[65504, -65504, 65504, -65504]]
    assert clipped.tolist() == [[True, True, False, False]]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(InputError, match=r"values must be finite, not -?(nan|inf) at position \(0"):
        replace(LAYER, kind=FLOAT32).input_words(np.array([[value]]), BITLET)


def test_layers_of_other_numbers_do_not_chain() -> None:
    front = replace(LAYER, name="fc0", kind=FLOAT16)
    replace(LAYER, kind=FLOAT16).check_follows(front)
    with pytest.raises(InputError) as caught:
        LAYER.check_follows(front)
    assert str(caught.value) == (
        "layers must be all of integers or all of one floating-point format, but layer 'fc0' is "
        "of float16 and layer 'fc1' of integers: compress the network again"
    )
