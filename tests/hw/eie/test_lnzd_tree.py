"""The LNZD tree; oracle: `zskip.model.eie.lnzd.broadcast_order`."""

import pytest

from zskip.hw.eie.lnzd_tree import NODE_MODULE, LnzdTree, node
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("pe_count", [1, 2, 8, 16])
@pytest.mark.parametrize("rounds", [0, 1])
def test_lnzd_tree(run_unit: UnitRun, pe_count: int, rounds: int) -> None:
    config = TINY.replace(pe_count=pe_count, broadcast_rounds=rounds)
    run_unit(LnzdTree(config), "tb_lnzd_tree", config, (NODE_MODULE, node(config)))
