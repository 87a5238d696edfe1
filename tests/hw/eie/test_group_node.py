"""A node that joins words to broadcasts; oracle: `zskip.model.eie.lnzd.joined`."""

import pytest

from zskip.hw.eie.group_node import GroupNode
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun

GROUPS = TINY.replace(broadcast_rounds=1, grouped_pointers=1, broadcast_groups=1)


@pytest.mark.parametrize("pe_count", [1, 2, 4, 8])
def test_group_node(run_unit: UnitRun, pe_count: int) -> None:
    config = GROUPS.replace(pe_count=pe_count)
    run_unit(GroupNode(config), "tb_group_node", config)
