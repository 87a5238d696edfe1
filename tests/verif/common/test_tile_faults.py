"""Seeded faults in streamed weights of beats: the benches of a block find each one."""

from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import zskip
from tests.verif.seeded import check_patterns, with_fault
from zskip.engines import block
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import RunFailure
from zskip.verif.common.block_run import BENCH
from zskip.verif.common.block_stimulus import BlockStimulus
from zskip.verif.common.network_stimulus import network_stimulus
from zskip.verif.common.simulator import Simulator, build, run
from zskip.verif.common.stimulus import stimulus_variables
from zskip.verif.common.tile_stimulus import tile_variables, wrong_ends

TILES = "zskip.verif.common.tb_tiles"


class Check(NamedTuple):
    """Tests of a bench that find a fault."""

    bench: str
    only: str


FREE = Check(BENCH, "vectors_one_after_the_other/idle=never/.*quiet=always")
EARLY = Check(BENCH, "start_too_early/lack=first")
WRONG = Check(TILES, "tiles_that_are_refused")
OTHER = Check(TILES, "another_packet")

OF_BOTH = {
    "tiles in one half": (r"\.half\(loader__half\)", ".half(1'h0)", FREE),
    "tiles without room": (r"\.room\(loader__room\)", ".room(1'h1)", FREE),
    "tiles read from one half": (r"tile_half\(control__tile_half\)", "tile_half(1'h0)", FREE),
    "tiles kept behind a refused start": (r"\.refused\(tiles__refused\)", ".refused(1'h0)", EARLY),
    "tiles kept behind a failure": (r"\.fails\(tiles__fails\)", ".fails(1'h0)", WRONG),
    "no mark of the end": (r"tile__payload\[0\] != ", "1'h0 & ", WRONG),
    "another packet waits": (r"\.awaited\(loader__awaited\)", ".awaited(1'h0)", OTHER),
    "a wait for ever": (
        r"(tile_half\(control__tile_half\),\s+\.failed\()control__failed",
        r"\g<1>1'h0",
        OTHER,
    ),
    "waits are counted": (r"(fsm_state == 3'h1\}\)) & ~waits", r"\1", FREE),
}
FAULTS = {
    "nm": OF_BOTH
    | {
        "beats do not wait": (r"rows__valid = tile__valid \| failed", "rows__valid = 1'h1", FREE),
        "a tile goes on where the one before ended": (r"if \(tile__ready\)", "if (1'h0)", FREE),
    },
    "bitlet": OF_BOTH
    | {
        "beats do not wait": (r"assign waits = .*;", "assign waits = 1'h0;", FREE),
        "nothing stands still": (r"engines__enable = ~waits", "engines__enable = 1'h1", FREE),
        "outputs while engines stand still": (
            r"commands__enable \? core__o_v",
            "1'h1 ? core__o_v",
            FREE,
        ),
        "picks while engines stand still": (
            r"commands__enable \? core__pi",
            "1'h1 ? core__pi",
            FREE,
        ),
        "a pass has no last beat": (r"ends_pass <= finish", "ends_pass <= 1'h0", FREE),
    },
}
"""What to look for in the Verilog, what to put in its place, and what finds it."""

CASES = [(engine, fault) for engine, faults in FAULTS.items() for fault in faults]

Block = tuple[EngineConfig, BlockStimulus, dict[str, Any]]


@cache
def make_block(engine: str, seed: int) -> Block:
    """Return a small array, a network of many tiles, and what the bench of tiles is told."""
    config = zskip.config("tiny", engine=engine, streamed=1, weight_depth=6)
    rng = np.random.default_rng(seed)
    layers = [
        (rng.normal(size=(rows, columns)), rng.normal(size=rows))
        for columns, rows in pairwise((26, 21, 9))
    ]
    inputs = rng.uniform(-1, 1, size=(8, 26))
    network = zskip.compress(layers, inputs=inputs, config=config).network
    model = block(engine).engine
    vectors = network.quantize_inputs(inputs[:2])
    stimulus = network_stimulus(model, network, vectors, bad=[], refused=[])
    more = tile_variables(model.stream, wrong_ends(stimulus.tiles, model.stream, 2))
    return config, stimulus, more


def check(engine: str, verilog: str, what: Check, seed: int, folder: Path) -> None:
    """Run tests of a bench, without a second run for a waveform."""
    _, stimulus, more = make_block(engine, seed)
    path = folder / "stimulus.json"
    stimulus.save(path)
    top = block(engine).hardware.top
    compiled = build(verilog, top=top, simulator=Simulator.ICARUS, cache=folder)
    variables = stimulus_variables({"path": str(path), **more}) | {"COCOTB_MAX_FAILURES": "1"}
    run(compiled, what.bench, folder=folder, seed=seed, variables=variables, only=what.only)


@pytest.mark.parametrize("engine", FAULTS)
def test_every_fault_has_a_place(engine: str, seed: int) -> None:
    verilog = block(engine).hardware.verilog(make_block(engine, seed)[0])
    check_patterns(verilog, FAULTS[engine].values())


@pytest.mark.every(9)
@pytest.mark.parametrize(("engine", "fault"), CASES)
def test_fault_is_found(engine: str, fault: str, seed: int, tmp_path: Path) -> None:
    pattern, replacement, what = FAULTS[engine][fault]
    verilog = block(engine).hardware.verilog(make_block(engine, seed)[0])
    faulty = with_fault(verilog, pattern, replacement)
    with pytest.raises(RunFailure, match=r"^every test of .* must pass, but \d+ of "):
        check(engine, faulty, what, seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("engine", FAULTS)
def test_without_a_fault_nothing_is_found(engine: str, seed: int, tmp_path: Path) -> None:
    verilog = block(engine).hardware.verilog(make_block(engine, seed)[0])
    for number, what in enumerate((FREE, EARLY, WRONG, OTHER)):
        folder = tmp_path / str(number)
        folder.mkdir()
        check(engine, verilog, what, seed, folder)
