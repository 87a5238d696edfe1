"""A node of the LNZD tree in rounds; oracle: `zskip.model.eie.lnzd.lnzd_node`."""

import pytest

from zskip.hw.eie.round_node import RoundNode
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun

ROUNDS = TINY.replace(broadcast_rounds=1, grouped_pointers=1)


@pytest.mark.parametrize("broadcast_groups", [0, 1])
def test_round_node(run_unit: UnitRun, broadcast_groups: int) -> None:
    config = ROUNDS.replace(broadcast_groups=broadcast_groups)
    run_unit(RoundNode(config), "tb_round_node", config)
