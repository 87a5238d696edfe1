"""The emitter; oracle: the result packets that `zskip.model.eie.packets` describes."""

import pytest

from zskip.hw.eie.shell import emitter
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("pe_count", [1, 2, 4, 8, 16])
def test_emitter(run_unit: UnitRun, pe_count: int) -> None:
    config = TINY.replace(pe_count=pe_count, activation_depth=16)
    run_unit(emitter(config), "tb_emitter", config)
