"""The write-back; oracle: `zskip.model.common.fixed.write_back`."""

import pytest

from zskip.hw.eie.shell import write_back
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize(
    ("acc_bits", "register_depth", "activation_depth"), [(16, 4, 64), (32, 64, 64), (48, 64, 8)]
)
def test_write_back(
    run_unit: UnitRun, acc_bits: int, register_depth: int, activation_depth: int
) -> None:
    config = TINY.replace(
        acc_bits=acc_bits, register_depth=register_depth, activation_depth=activation_depth
    )
    run_unit(write_back(config), "tb_write_back", config)
