"""The LNZD tree; oracle: `zskip.model.eie.lnzd.broadcast_order`, and of groups `joined`."""

import pytest

from zskip.hw.eie.lnzd_tree import LnzdTree, tree_nodes
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun

ROUNDS = {"broadcast_rounds": 1}

GROUPS = {**ROUNDS, "grouped_pointers": 1, "broadcast_groups": 1}


@pytest.mark.parametrize("pe_count", [1, 2, 8, 16])
@pytest.mark.parametrize("changes", [{}, ROUNDS, GROUPS], ids=("vector", "rounds", "groups"))
def test_lnzd_tree(run_unit: UnitRun, pe_count: int, changes: dict[str, int]) -> None:
    config = TINY.replace(pe_count=pe_count, **changes)
    run_unit(LnzdTree(config), "tb_lnzd_tree", config, *tree_nodes(config).items())
