"""The readout tree; oracle: the words of the PEs that were asked."""

import pytest

from zskip.hw.eie.readout_node import ReadoutNode
from zskip.hw.eie.readout_tree import READOUT_MODULE, ReadoutTree
from zskip.model.eie.config import TINY
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize(("pe_count", "parity"), [(1, 0), (2, 0), (8, 0), (16, 1)])
def test_readout_tree(run_unit: UnitRun, pe_count: int, parity: int) -> None:
    config = TINY.replace(pe_count=pe_count, parity=parity)
    run_unit(ReadoutTree(config), "tb_readout_tree", config, (READOUT_MODULE, ReadoutNode(config)))
