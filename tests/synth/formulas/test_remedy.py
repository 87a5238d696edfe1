"""Settings that make an array fit; oracle: the estimate of the changed array."""

import pytest

from zskip.flow.choices import config
from zskip.model.common.config import EngineConfig
from zskip.model.eie.config import PAPER, TINY, TUNED
from zskip.synth.formulas.parts import PARTS
from zskip.synth.formulas.remedy import exceeded, remedy

LARGE = config("nm_2_4", engine="nm", weight_depth=32768)


def anything(config: EngineConfig) -> bool:
    """Any configuration will do."""
    return True


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("array", [PAPER, TUNED, LARGE], ids=["paper", "tuned", "nm_2_4"])
def test_what_is_proposed_fits(array: EngineConfig, part: str) -> None:
    assert exceeded(array, PARTS[part])
    changes = remedy(array, PARTS[part], anything)
    assert changes
    assert exceeded(array.replace(**changes), PARTS[part]) == {}


def test_one_setting_will_do() -> None:
    # Sparse-matrix words of 32,768 take 128 blocks, 16,384 of them 64; the rest fits.
    one = TINY.replace(pe_count=1, spmat_depth=32768)
    assert list(exceeded(one, PARTS["ecp5-45"])) == ["block RAM"]
    assert remedy(one, PARTS["ecp5-45"], anything) == {"spmat_depth": 16384}


def test_what_else_must_hold() -> None:
    one = TINY.replace(pe_count=1, spmat_depth=32768, pointer_depth=8192)

    def large(config: EngineConfig) -> bool:
        return getattr(config, "spmat_depth", 0) == 32768

    assert exceeded(one, PARTS["ecp5-85"]) == {}
    assert remedy(one, PARTS["ecp5-45"], large) is None


def test_no_size_makes_it_fit() -> None:
    # A row alone has 32 multipliers, of which the part has 28.
    assert remedy(config("nm_2_4_large", engine="nm"), PARTS["ecp5-25"], anything) is None


def test_nothing_is_exceeded() -> None:
    assert exceeded(TINY, PARTS["ecp5-25"]) == {}


def test_placement_needs_more_luts() -> None:
    # They take some 41,000 LUTs, which are fewer than there are, but not with a tenth more.
    many = TINY.replace(pe_count=16, acc_bits=36)
    assert "LUT" in exceeded(many, PARTS["ecp5-45"])
