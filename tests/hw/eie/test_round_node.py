"""A node of the LNZD tree in rounds; oracle: `zskip.model.eie.lnzd.lnzd_node`."""

from zskip.hw.eie.round_node import RoundNode
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun

ROUNDS = TINY.replace(broadcast_rounds=1)


def test_round_node(run_unit: UnitRun) -> None:
    run_unit(RoundNode(ROUNDS), "tb_round_node", ROUNDS)
