"""A block behind AXI; oracle: the golden model, every output and counter."""

from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.engines import block
from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.verif.common.simulator import Simulator, build

DIGITS = Path(zskip.__file__).parent / "examples" / "digits"
COUNT = 2
SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("engine", "simulator"),
    [
        ("eie", Simulator.ICARUS),
        ("eie", Simulator.VERILATOR),
        pytest.param("nm", Simulator.VERILATOR, marks=SLOW),
        pytest.param("bitlet", Simulator.VERILATOR, marks=SLOW),
    ],
)
def test_digits(engine: str, simulator: Simulator) -> None:
    samples, test = (np.load(DIGITS / f"{name}.npz")["inputs"] for name in ("calibration", "test"))
    config = zskip.config({"eie": "tiny"}.get(engine), engine=engine)
    compressed = zskip.compress(DIGITS / "network.npz", inputs=samples / 16, config=config)
    network, unit = compressed.network, block(engine)
    activations = network.quantize_inputs(test[:COUNT] / 16)
    compiled = build(
        axi_verilog(unit.hardware, config), top=axi_module(unit.hardware), simulator=simulator
    )
    simulation = unit.simulate(
        network, activations, compiled, images=False, bench="zskip.verif.common.tb_axi_network"
    )
    unit.check(network, unit.engine.run(network, activations), simulation)
