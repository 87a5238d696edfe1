"""A block behind AXI; oracle: the golden model, every output and counter."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zskip
from zskip.engines import block
from zskip.files.inputs import read_inputs
from zskip.hw.common.axi_top import axi_module, axi_verilog
from zskip.model.common.config import EngineConfig
from zskip.verif.common.simulator import Simulator, build

OURS = "zskip.verif.common.tb_axi_network"
FOREIGN = "zskip.verif.common.tb_axi_foreign"
DIGITS = Path(zskip.__file__).parent / "examples" / "digits"
COUNT = 2
CONFIGS = {
    "eie": zskip.config("tiny"),
    "nm": zskip.config("nm_2_4", engine="nm"),
    "bitlet": zskip.config(
        "tiny", engine="bitlet", float_bits=0, weight_depth=8192, vector_depth=256, bias_depth=256
    ),
}
"""Of each engine, a small block that holds the digits."""

SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("engine", "simulator"),
    [
        ("eie", Simulator.ICARUS),
        ("eie", Simulator.VERILATOR),
        *(
            pytest.param(engine, simulator, marks=SLOW)
            for engine in ("nm", "bitlet")
            for simulator in Simulator
        ),
    ],
)
def test_digits(engine: str, simulator: Simulator) -> None:
    check_digits(CONFIGS[engine], simulator, OURS)


def test_digits_with_masters_of_somebody_else() -> None:
    pytest.importorskip("cocotbext.axi")
    check_digits(zskip.config("tiny"), Simulator.VERILATOR, FOREIGN)


@pytest.mark.slow
def test_lenet_on_16_pes(shared_data: Path) -> None:
    lenet = shared_data / "lenet-300-100"
    images = read_inputs(lenet / "mnist-test.npz", count=500).values / 256
    config = zskip.config("paper").replace(pe_count=16)
    weights = lenet / "pruned.npz"
    check(weights, images, images[:COUNT], config, Simulator.VERILATOR, OURS)


def check_digits(config: EngineConfig, simulator: Simulator, bench: str) -> None:
    """Run images of the digits."""
    samples, test = (np.load(DIGITS / f"{name}.npz")["inputs"] for name in ("calibration", "test"))
    check(DIGITS / "network.npz", samples / 16, test[:COUNT] / 16, config, simulator, bench)


def check(
    weights: Path,
    samples: Any,
    images: Any,
    config: EngineConfig,
    simulator: Simulator,
    bench: str,
) -> None:
    """Run images through the RTL, and check every output and counter."""
    network = zskip.compress(weights, inputs=samples, config=config).network
    unit = block(config.ENGINE)
    activations = network.quantize_inputs(images)
    compiled = build(
        axi_verilog(unit.hardware, config), top=axi_module(unit.hardware), simulator=simulator
    )
    simulation = unit.simulate(network, activations, compiled, images=False, bench=bench)
    unit.check(network, unit.engine.run(network, activations), simulation)
