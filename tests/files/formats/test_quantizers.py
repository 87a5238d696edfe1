"""Quantizers of QKeras; oracle: its documented formulas, one value at a time, and by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from zskip.files.formats.quantizers import parse_quantizer, quantize
from zskip.model.common.errors import InputError

RNG = np.random.default_rng(13)
VALUES = (RNG.standard_normal((7, 9)) * 0.8).astype(np.float32)


def quantized(spec: object, values: NDArray[np.float32], *, kernel: bool = False) -> list[float]:
    """The quantized values as a list."""
    return quantize(parse_quantizer(spec), values, kernel=kernel).ravel().tolist()


@pytest.mark.parametrize(("bits", "integer", "symmetric"), [(6, 0, 0), (4, 1, 1), (3, 2, 0)])
def test_quantized_bits(bits: int, integer: int, symmetric: int) -> None:
    step = 2.0 ** (integer - bits + 1)
    most = 2 ** (bits - 1) - 1
    expected = [
        step * max(-most - (not symmetric), min(most, round(float(v) / step)))
        for v in VALUES.ravel()
    ]
    assert quantized(f"quantized_bits({bits},{integer},{symmetric},alpha=1)", VALUES) == expected


def test_a_configuration_says_the_same_as_text() -> None:
    settings = {"bits": 4, "integer": 1, "alpha": 0.5, "qnoise_factor": 1.0, "use_ste": True}
    config = {"class_name": "quantized_bits", "config": settings}
    assert quantized(config, VALUES) == quantized("quantized_bits(4,1,alpha=0.5)", VALUES)


def test_values_by_hand() -> None:
    values = np.array([[-1.2, -0.4, 0.0, 0.3, 0.7, 3.0]], dtype=np.float32)
    assert quantized("binary(alpha=2)", values) == [-2, -2, 2, 2, 2, 2]
    assert quantized("binary(True,alpha=1)", values) == [0, 0, 1, 1, 1, 1]
    assert quantized("ternary(alpha=1)", values) == [-1, -1, 0, 0, 1, 1]
    assert quantized("ternary(alpha=1,threshold=0.5)", values) == [-1, 0, 0, 0, 1, 1]
    assert quantized("quantized_bits(1,0,alpha=1)", values) == [-1, -1, 1, 1, 1, 1]
    assert quantized("quantized_bits(2,0,keep_negative=False)", values)[3:] == [0.25, 0.75, 0.75]
    # Exponents -8 to 7, and with a largest value of 1 -8 to 7 too, of one bit less of sign.
    assert quantized("quantized_po2(5)", values) == [-1, -0.5, 2**-8, 0.25, 0.5, 4]
    assert quantized("quantized_po2(4,1)", values) == [-1, -0.5, 2**-8, 0.25, 0.5, 1]


def test_a_scale_of_its_own_for_each_output() -> None:
    codes = np.array([[-3, 1, 2], [1, 3, -1]], dtype=np.float32)
    latent = codes * np.array([[0.25], [2.0]], dtype=np.float32)
    given = quantized("quantized_bits(3,0,alpha='auto_po2')", latent, kernel=True)
    assert given == latent.ravel().tolist()
    assert quantized("quantized_bits(3,0)", latent, kernel=True) == given
    thirds = codes * np.array([[0.3], [0.7]], dtype=np.float32)
    np.testing.assert_allclose(
        quantized("quantized_bits(3,0,alpha='auto')", thirds, kernel=True),
        thirds.ravel(),
        rtol=1e-6,
    )


@pytest.mark.parametrize("kind", ["binary", "ternary"])
def test_scales_of_signs_have_the_least_error(kind: str) -> None:
    given = quantize(parse_quantizer(f"{kind}(alpha='auto')"), VALUES, kernel=True)
    for row, latent in zip(given, VALUES, strict=True):
        used = row != 0
        assert len(np.unique(np.abs(row[used]))) == 1
        assert np.isclose(abs(row[used][0]), np.abs(latent[used]).mean(), rtol=1e-5)
    powers = quantize(parse_quantizer(kind), VALUES, kernel=True)
    exponents = np.log2(np.abs(powers[powers != 0]))
    assert np.array_equal(exponents, np.rint(exponents))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("quantized_ulaw(4)", "quantized_ulaw() is not supported for weights: "),
        ("__import__('os').system('true')", "__import__('os').system('true')() is not supported"),
        ("stochastic_ternary", "stochastic_ternary() is not supported for weights: "),
        ({"config": 3}, "\"{'config': 3}\" must name a quantizer: "),
        ("quantized_bits(4,0,alpha='auto')", "quantized_bits(4, 0, 0, True, auto, None) is not"),
        ("quantized_bits(4,0,scale_axis=1)", "quantized_bits(4, 0, 0, True, None, 1) is not"),
        ("quantized_bits(4,0,qnoise_factor=0.5)", "quantized_bits with 'qnoise_factor' is not"),
        ("quantized_bits(4,0,other=1)", "quantized_bits with 'other' is not supported: "),
        ("quantized_bits('a')", "quantized_bits(a, 0, 0, True, None, None) must have integers"),
        ("quantized_bits(99)", "quantized_bits(99, 0, 0, True, None, None) must have integers"),
        ("quantized_po2(4,quadratic_approximation=True)", "quantized_po2(4, None, True, rnd) is"),
        ("quantized_po2(4,'a')", "quantized_po2(4, a, False, rnd) must have numbers as settings: "),
    ],
)
def test_refused(spec: object, message: str) -> None:
    with pytest.raises(InputError) as caught:
        quantized(spec, VALUES)
    assert str(caught.value).startswith(message)


def test_no_finite_scale() -> None:
    with pytest.raises(InputError, match="must be finite"):
        quantized("quantized_bits(4,0,alpha='auto')", np.zeros((1, 3), np.float32), kernel=True)
