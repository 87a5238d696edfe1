"""The loader; oracle: the memories that `zskip.model.eie.packets` describes."""

import pytest

from zskip.hw.eie.shell import loader
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun

SMALL = TINY.replace(
    activation_depth=8, pointer_depth=34, spmat_depth=9, bias_depth=1, pass_count=3
)


@pytest.mark.parametrize("pe_count", [1, 2, 4, 8, 16])
def test_loader(run_unit: UnitRun, pe_count: int) -> None:
    config = SMALL.replace(pe_count=pe_count)
    run_unit(loader(config), "tb_loader", config)


@pytest.mark.parametrize("pe_count", [1, 8])
def test_banks_of_inputs(run_unit: UnitRun, pe_count: int) -> None:
    config = SMALL.replace(pe_count=pe_count, double_input=1)
    run_unit(loader(config), "tb_loader", config)
