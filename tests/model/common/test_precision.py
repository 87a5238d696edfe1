"""Names of precisions; oracle: what they stand for, by hand."""

import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.floats import FLOAT16, FLOAT32
from zskip.model.common.precision import Precision


def test_names() -> None:
    given = [Precision.parse(name) for name in ("int2", "int8", "int24", "fp16", "fp32")]
    assert [(one.bits, one.floating) for one in given] == [
        (2, None),
        (8, None),
        (24, None),
        (16, FLOAT16),
        (32, FLOAT32),
    ]
    assert [one.name for one in given] == ["int2", "int8", "int24", "fp16", "fp32"]


@pytest.mark.parametrize("name", ["int1", "int25", "int08", "int", "fp8", "INT8", "8", "", "int8 "])
def test_what_is_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        Precision.parse(name)
    assert str(caught.value) == (f"a precision must be int2 to int24, fp16 or fp32, not {name!r}")
