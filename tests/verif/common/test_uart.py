"""A block through the pins of its UART; oracle: the golden model, every output and counter."""

from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.engines import block
from zskip.hw.common.uart_top import TOP_MODULE, uart_verilog
from zskip.model.common.uart import LEAST_DIVISOR
from zskip.verif.common.simulator import Simulator, build

DIGITS = Path(zskip.__file__).parent / "examples" / "digits"
COUNT = 3


@pytest.mark.parametrize("engine", ["eie", pytest.param("nm", marks=pytest.mark.slow)])
def test_digits(engine: str) -> None:
    samples, test = (np.load(DIGITS / f"{name}.npz")["inputs"] for name in ("calibration", "test"))
    config = zskip.config({"eie": "tiny"}.get(engine), engine=engine)
    compressed = zskip.compress(DIGITS / "network.npz", inputs=samples / 16, config=config)
    network, unit = compressed.network, block(engine)
    activations = network.quantize_inputs(test[:COUNT] / 16)
    compiled = build(
        uart_verilog(unit.hardware, config, LEAST_DIVISOR),
        top=TOP_MODULE,
        simulator=Simulator.VERILATOR,
    )
    simulation = unit.simulate(
        network, activations, compiled, images=False, bench="zskip.verif.common.tb_uart"
    )
    unit.check(network, unit.engine.run(network, activations), simulation)
