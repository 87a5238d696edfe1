"""Options that several verbs share; oracle: configurations made by hand."""

import pytest

from zskip.cli.options import chosen_config
from zskip.model.common.errors import InputError
from zskip.model.eie.config import PAPER, TINY, Config


@pytest.mark.parametrize(
    ("name", "pes", "settings", "expected"),
    [
        (None, None, (), None),
        ("tiny", None, (), TINY),
        ("paper", None, (), PAPER),
        (None, 16, (), PAPER.replace(pe_count=16)),
        (
            "tiny",
            8,
            ("acc_bits=40", "queue_depth=2"),
            TINY.replace(pe_count=8, acc_bits=40, queue_depth=2),
        ),
        (None, None, ("pe_count=2",), PAPER.replace(pe_count=2)),
    ],
)
def test_what_is_chosen(
    name: str | None, pes: int | None, settings: tuple[str, ...], expected: Config | None
) -> None:
    assert chosen_config(None, name, pes, settings) == expected


@pytest.mark.parametrize(
    ("pes", "settings", "message"),
    [
        (None, ("acc_bits",), "a setting must be FIELD=VALUE, not 'acc_bits': add a value"),
        (
            None,
            ("acc_bits=wide",),
            "acc_bits must be an integer, not 'wide': give a whole number",
        ),
        (None, ("acc_bits=",), "acc_bits must be an integer, not '': give a whole number"),
        (
            None,
            ("acc_bits=32", "acc_bits=33"),
            "acc_bits must be set once, not again by 'acc_bits=33': leave one out",
        ),
        (
            4,
            ("pe_count=8",),
            "pe_count must be set once, not again by 'pe_count=8': leave one out",
        ),
        (None, ("acc_bits=99",), "acc_bits must be from 16 to 48, not 99"),
    ],
)
def test_refuses(pes: int | None, settings: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError) as caught:
        chosen_config(None, None, pes, settings)
    assert str(caught.value) == message
