"""Values of ports; oracle: Amaranth's own constants of the same layout."""

import numpy as np
import pytest
from amaranth import signed, unsigned
from amaranth.lib import data
from hypothesis import given
from hypothesis import strategies as st

from zskip.verif.common.ports import pack, random_values, unpack

LAYOUT = data.StructLayout(
    {"value": signed(16), "index": unsigned(6), "nothing": unsigned(0), "sign": signed(1)}
)
WORD = data.FlexibleLayout(
    64, {"high": data.Field(unsigned(24), 40), "low": data.Field(signed(8), 3)}
)


@given(st.integers(0, (1 << LAYOUT.size) - 1))
def test_fields_are_amaranths(bits: int) -> None:
    constant = LAYOUT.from_bits(bits)
    fields = unpack(LAYOUT, bits)
    assert fields == {name: constant[name] for name, _ in LAYOUT}
    assert pack(LAYOUT, fields) == bits


@given(st.integers(0, (1 << 24) - 1), st.integers(-128, 127))
def test_fields_may_leave_gaps(high: int, low: int) -> None:
    bits = pack(WORD, {"high": high, "low": low})
    assert bits == WORD.const({"high": high, "low": low}).as_bits()
    assert unpack(WORD, bits) == {"high": high, "low": low}


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [
        (unsigned(4), 16, "the value must be from 0 to 15, not 16"),
        (signed(4), 8, "the value must be from -8 to 7, not 8"),
        (signed(4), -9, "the value must be from -8 to 7, not -9"),
        (WORD, {"high": -1, "low": 0}, "the value must be from 0 to 16777215, not -1"),
        (WORD, {"high": 1}, r"the fields must be \['high', 'low'\], not \['high'\]"),
    ],
)
def test_what_does_not_fit_is_refused(
    shape: data.Layout, value: int | dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        pack(shape, value)


def test_random_values_reach_the_corners() -> None:
    values = [item["value"] for item in random_values(LAYOUT, np.random.default_rng(1), 500)]
    assert {-32768, 32767, 0, -1} <= set(values)
    assert len(set(values)) > 300
