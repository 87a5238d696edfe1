"""Flipped bits in SRAMs with parity; oracle: the same run without them."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import zskip
from zskip.engines import block
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import RunFailure
from zskip.verif.common.bench import Design
from zskip.verif.common.block_run import run_block
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.network_stimulus import network_stimulus
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables

BENCH = "zskip.verif.common.tb_parity"
BLOCKS: dict[str, dict[str, int]] = {
    "eie": {"pe_count": 2},
    "eie grouped": {"pe_count": 2, "grouped_pointers": 1, "lanes": 4, "accumulator_banks": 4},
    "eie broadcasts of groups": {
        "pe_count": 2,
        "grouped_pointers": 1,
        "broadcast_rounds": 1,
        "broadcast_groups": 1,
    },
    "eie streamed": {"pe_count": 2, "streamed": 1, "spmat_depth": 16, "pointer_depth": 16},
    "nm": {"pe_count": 2},
    "nm codebook": {"pe_count": 2, "weight_bits": 4},
    "nm streamed": {"pe_count": 2, "streamed": 1, "weight_depth": 16},
    "bitlet": {"pe_count": 2},
    "bitlet streamed": {"pe_count": 2, "streamed": 1, "weight_depth": 16},
    "bitlet decoupled": {"pe_count": 2, "decoupled": 1, "skew": 1},
}
CHECK = re.compile(r"((?:assign \w*(?:faulty\w*|stop) = |faulty <= )(?!1'h0))[^;]*;")
"""Where a wrong parity is noticed or handed on."""


@cache
def make_block(name: str, seed: int) -> tuple[EngineConfig, BlockStimulus]:
    """Return a small block with parity, and a network of two layers with an input vector."""
    engine = name.split()[0]
    config = zskip.config("tiny", engine=engine).replace(parity=1, **BLOCKS[name])
    rng = np.random.default_rng(seed)
    sizes = (14, 11, 6)
    layers = [
        (rng.normal(size=(rows, columns)), rng.normal(size=rows))
        for columns, rows in pairwise(sizes)
    ]
    inputs = rng.uniform(-1, 1, size=(8, sizes[0]))
    network = zskip.compress(layers, inputs=inputs, config=config).network
    vectors = network.quantize_inputs(inputs[:1])
    return config, network_stimulus(block(engine).engine, network, vectors, bad=[], refused=[])


def some_slow(*fast: str) -> list[object]:
    """Return the names of all blocks, those that are not fast for the slow tests."""
    return [name if name in fast else pytest.param(name, marks=pytest.mark.slow) for name in BLOCKS]


@pytest.mark.parametrize("name", some_slow("eie", "nm"))
def test_flips(name: str, seed: int, repeat: str, tmp_path: Path) -> None:
    config, stimulus = make_block(name, seed)
    hardware = block(config.ENGINE).hardware
    run_block(
        Design(verilog=hardware.verilog(config), top=hardware.top),
        stimulus,
        simulator=Simulator.ICARUS,
        seed=seed,
        folder=tmp_path,
        repeat=repeat,
        bench=BENCH,
        tries=2,
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", BLOCKS)
def test_every_check_that_is_left_out_is_found(name: str, seed: int, tmp_path: Path) -> None:
    config, stimulus = make_block(name, seed)
    hardware = block(config.ENGINE).hardware
    verilog = hardware.verilog(config)
    path = tmp_path / "stimulus.json"
    stimulus.save(path)
    variables = stimulus_variables({"path": str(path), "tries": 3})
    checks = list(CHECK.finditer(verilog))
    assert len(checks) >= 6
    for number, check in enumerate(checks):
        faulty = f"{verilog[: check.start()]}{check[1]}1'h0;{verilog[check.end() :]}"
        compiled = build(faulty, top=hardware.top, simulator=Simulator.ICARUS, cache=tmp_path)
        with pytest.raises(RunFailure):
            run(compiled, BENCH, folder=tmp_path / str(number), seed=seed, variables=variables)
