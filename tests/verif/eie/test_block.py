"""The whole array at its ports; oracle: every word of the golden and the exact cycle model."""

from pathlib import Path

import pytest

from zskip.hw.eie.verilog import TOP_MODULE, array_verilog
from zskip.model.eie.config import TINY
from zskip.verif.common.bench import Design, run_bench
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block import block_stimulus, overflowing_activations
from zskip.verif.eie.random_network import random_network

@pytest.mark.parametrize("pe_count", [1,2,4])
@pytest.mark.parametrize("simulator", Simulator)
def test_block(pe_count: int, simulator: Simulator, seed: int, tmp_path: Path) -> None:
    config = TINY.replace(pe_count=pe_count, register_depth=8,acc_bits=32)
    network = random_network(config, (23, 9*pe_count, 10), 0.5, seed, magnitude=32767)
    activations = overflowing_activations(network, 4, seed)
    stimulus = block_stimulus(network, activations, seed)
    stimulus.save(tmp_path / "stimulus.json")
    run_bench(Design(verilog=array_verilog(config), top=TOP_MODULE), "zskip.verif.common.tb_block",
       simulator=simulator, case={"stimulus": str(tmp_path / "stimulus.json")}, seed=seed, folder=tmp_path, repeat="")
