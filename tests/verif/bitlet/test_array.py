"""The whole array against the golden model and the exact cycle model, in both simulators."""

from collections.abc import Sequence

import pytest

from zskip.model.bitlet.config import NAMED, Config
from zskip.model.bitlet.engine import ENGINE
from zskip.verif.bitlet.block import BLOCK
from zskip.verif.bitlet.networks import random_activations, random_network
from zskip.verif.common.simulator import Simulator

TINY = NAMED["tiny"].replace(vector_depth=128, weight_depth=1024, bias_depth=128)
INTEGERS = TINY.replace(float_bits=0)
SIZES = (19, 23, 21, 10)

CONFIGS = {
    "tiny": TINY,
    "1 engine, a pair a beat": INTEGERS.replace(pe_count=1, load_pairs=1, lanes=4),
    "4 engines, 2 pairs a beat": INTEGERS.replace(pe_count=4, load_pairs=2, lanes=4),
    "one row": INTEGERS.replace(segments=1, lanes=6),
    "3 rows, a group a beat": INTEGERS.replace(segments=3, load_pairs=8, lanes=6),
    "one bank": INTEGERS.replace(banks=1, lanes=4),
    "published": INTEGERS.replace(banks=1, window=8, invert=0, segments=1, lanes=7),
    "window, two banks": INTEGERS.replace(window=3, lanes=4),
    "not inverted": INTEGERS.replace(invert=0, lanes=4),
    "two's complement": INTEGERS.replace(twos_complement=1, lanes=6, segments=3),
    "lanes run ahead": INTEGERS.replace(run_ahead=3, banks=1, load_pairs=8, lanes=4, acc_bits=24),
    "16 pairs": INTEGERS.replace(pairs=16, load_pairs=4, lanes=4, acc_bits=24),
}

FAST = ("tiny", "1 engine, a pair a beat", "3 rows, a group a beat", "one bank")


def check(
    config: Config,
    precisions: Sequence[str],
    simulator: Simulator,
    seed: int,
    sizes: Sequence[int] = SIZES,
    mask_lanes: int = 0,
    *,
    uneven: bool = False,
) -> None:
    """Run random layers, and compare outputs and counters."""
    network = random_network(
        config, sizes, seed, precisions=precisions, mask_lanes=mask_lanes, uneven=uneven
    )
    activations = random_activations(network, 5, seed)
    model = ENGINE.run(network, activations)
    compiled = BLOCK.build(config, simulator)
    BLOCK.check(network, model, BLOCK.simulate(network, activations, compiled))


def mixed(config: Config) -> tuple[str, ...]:
    """Return precisions of rows side by side, of joined ones, and one bit."""
    packed = config.row_lanes + 1 - config.twos_complement
    widest = config.lanes + 1 - config.twos_complement
    return tuple(f"int{max(2, bits)}" for bits in (packed, widest, 2))


@pytest.mark.parametrize(
    "name",
    [name if name in FAST else pytest.param(name, marks=pytest.mark.slow) for name in CONFIGS],
)
def test_integers_of_mixed_widths(name: str, seed: int) -> None:
    check(CONFIGS[name], mixed(CONFIGS[name]), Simulator.ICARUS, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS)
def test_integers_in_verilator(name: str, seed: int) -> None:
    config = CONFIGS[name]
    check(config, mixed(config), Simulator.VERILATOR, seed, (60, 41, 50, 13))


def test_lanes_switched_off(seed: int) -> None:
    check(CONFIGS["one row"], ("int7", "int4"), Simulator.ICARUS, seed, mask_lanes=2)


APART = {
    "integers": INTEGERS.replace(decoupled=1, skew=1, pe_count=4, load_pairs=8, lanes=4),
    "3 rows, lanes run ahead": INTEGERS.replace(
        decoupled=1, skew=3, run_ahead=2, lanes=6, segments=3, acc_bits=24
    ),
    "float16": TINY.replace(decoupled=1, skew=2, pe_count=4, load_pairs=8, run_ahead=2),
}


@pytest.mark.parametrize(
    "name", ["integers", *(pytest.param(name, marks=pytest.mark.slow) for name in [*APART][1:])]
)
def test_decoupled_engines(name: str, seed: int) -> None:
    """Engines with nothing to do for some rounds are as far ahead as the queues let them."""
    config = APART[name]
    precisions = ("fp16",) if config.float_bits else mixed(config)
    check(config, precisions, Simulator.ICARUS, seed, (8, 90, 17, 40), uneven=True)


@pytest.mark.parametrize("mask_lanes", [0, 3])
def test_float16(mask_lanes: int, seed: int) -> None:
    check(TINY, ("fp16",), Simulator.ICARUS, seed, mask_lanes=mask_lanes)


FLOATS = {
    "float32": TINY.replace(lanes=24, float_bits=32),
    "float32, one bank, 3 rows": TINY.replace(lanes=24, float_bits=32, segments=3, banks=1),
    "float32, window, a pair a beat": TINY.replace(
        lanes=24, float_bits=32, window=8, load_pairs=1, pe_count=4
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp16", "fp32", "int5"])
@pytest.mark.parametrize("name", FLOATS)
def test_floats_in_verilator(name: str, precision: str, seed: int) -> None:
    check(FLOATS[name], (precision,), Simulator.VERILATOR, seed)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_named_configurations(name: str, seed: int) -> None:
    config = NAMED[name]
    check(config, (f"int{config.lanes + 1}", "int8"), Simulator.VERILATOR, seed, (90, 40, 10))
