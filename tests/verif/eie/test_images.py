"""Memories filled from files; oracle: the same memories filled through the load stream."""

from pathlib import Path

import numpy as np
import pytest

from zskip.model.common.program import hex_lines
from zskip.model.eie.accelerator import run
from zskip.model.eie.config import TINY
from zskip.model.eie.images import memories
from zskip.model.eie.program import plan
from zskip.verif.common.images import image_file
from zskip.verif.common.simulator import Simulator
from zskip.verif.eie.block import BLOCK
from zskip.verif.eie.stimulus import random_activations, random_network

CONFIG = TINY.replace(spmat_depth=64, pointer_depth=128, bias_depth=32)


@pytest.mark.parametrize(
    ("simulator", "parity"),
    [(Simulator.VERILATOR, 0), (Simulator.ICARUS, 0), (Simulator.ICARUS, 1)],
)
def test_images_leave_the_memories_that_the_load_stream_leaves(
    simulator: Simulator, parity: int, tmp_path: Path
) -> None:
    config = CONFIG.replace(parity=parity)
    network = random_network(config, (40, 30, 12), 0.3, seed=1)
    activations = random_activations(40, 2, seed=2)
    compiled = BLOCK.build(config, simulator)
    model = run(network, activations)
    dumps = {}
    for images in (False, True):
        dump = tmp_path / str(images)
        dump.mkdir()
        simulation = BLOCK.simulate(network, activations, compiled, images=images, dump=dump)
        BLOCK.check(network, model, simulation)
        dumps[images] = {path.name: path.read_text() for path in dump.iterdir()}
    assert dumps[True] == dumps[False]
    program = plan(network, trace=True)
    for memory in memories(config):
        for pe in range(config.pe_count) if memory.per_pe else (None,):
            text = dumps[True][image_file(compiled, BLOCK.hardware, memory.name, pe)]
            words = [line for line in text.splitlines() if not line.startswith("//")]
            expected = memory.image(program.contents(memory.name, pe or 0))
            assert len(words) == memory.depth
            assert "".join(f"{word}\n" for word in words).startswith(expected.decode())


@pytest.mark.parametrize("bits", [1, 3, 4, 5, 18, 32, 63, 64])
def test_hexadecimal_lines(bits: int) -> None:
    rng = np.random.default_rng(bits)
    words = rng.integers(-(2**63), 2**63 - 1, 20)
    digits = -(-bits // 4)
    expected = "".join(f"{word & ((1 << bits) - 1):0{digits}x}\n" for word in words.tolist())
    assert hex_lines(words, bits).decode() == expected
    assert hex_lines(words.view(np.uint64), bits).decode() == expected
    assert hex_lines(words[:0], bits) == b""
