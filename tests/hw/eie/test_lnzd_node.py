"""A node of the LNZD tree; oracle: `zskip.model.eie.lnzd.lnzd_node`."""

from zskip.hw.eie.lnzd_node import LnzdNode
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


def test_lnzd_node(run_unit: UnitRun) -> None:
    run_unit(LnzdNode(TINY), "tb_lnzd_node", TINY)
