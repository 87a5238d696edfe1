"""The local leading-non-zero detection; oracle: `zskip.model.eie.lnzd.broadcast_order`."""

import pytest

from zskip.hw.eie.pe.local_lnzd import LocalLnzd
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_local_lnzd(run_unit: UnitRun, depth: int) -> None:
    run_unit(LocalLnzd(depth=depth), "tb_local_lnzd", TINY, depth=depth)
