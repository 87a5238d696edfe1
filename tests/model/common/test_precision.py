"""Names of precisions; oracle: what they stand for, by hand."""

import pytest

from zskip.model.common.errors import InputError
from zskip.model.common.floats import FLOAT16, FLOAT32
from zskip.model.common.precision import Precision, check_alike


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


def test_integers_of_any_widths_go_together() -> None:
    check_alike([Precision.parse(name) for name in ("int4", "int8", "int24")])
    check_alike([Precision.parse("fp16")] * 2)


@pytest.mark.parametrize("names", [("int8", "fp16"), ("fp32", "fp16"), ("int2", "int8", "fp32")])
def test_other_numbers_do_not(names: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as caught:
        check_alike([Precision.parse(name) for name in names])
    assert str(caught.value) == (
        "layers must be all of integers or all of one floating-point format, as one's outputs are "
        f"the next one's inputs, not of {', '.join(names)}: choose one of the kinds for every layer"
    )
