"""Cycles of known distributions; oracle: figures of a script that agreed with the published RTL."""

from itertools import product

import numpy as np
import pytest

from zskip.model.bitlet.config import BITLET, Config
from zskip.model.bitlet.engine_cycles import lane_cycles
from zskip.model.bitlet.figures.cycles import (
    PLAIN,
    SWITCHES,
    Measured,
    group_cycles,
    random_bits,
    table,
)
from zskip.model.bitlet.figures.distributions import DISTRIBUTIONS, Distribution

KNOWN = {
    "int4 Gauss, clip 3": (3, 65.3, 32.5, 41, 32.5, 22.5),
    "int8 Gauss, clip 3": (7, 59.1, 35.6, 43, 35.6, 26.6),
    "int8 Gauss, clip 4": (7, 62.0, 35.3, 42, 35.3, 24.8),
    "int8 Gauss, clip 6": (7, 65.9, 35.0, 42, 35.0, 22.2),
    "int8 Gauss, two's complement": (8, 50.2, 37.3, 44, 37.3, 32.3),
    "int8 Laplace, clip 8": (7, 71.2, 33.9, 42, 33.9, 18.9),
    "int8 Gauss, half pruned": (7, 76.8, 20.7, 28, 20.9, 15.3),
    "int8 Gauss, 90% pruned": (7, 94.7, 5.0, 10, 9.2, 3.8),
    "int16 Gauss, clip 4": (15, 55.9, 38.1, 44, 38.1, 28.7),
    "fp16 by weights": (11, 57.4, 37.1, 44, 37.1, 27.7),
    "fp16 by products": (24, 75.7, 36.3, 43, 36.3, 16.0),
    "fp16 by products, ReLU": (24, 79.9, 21.5, 27, 21.6, 13.3),
    "bf16 by weights": (8, 60.2, 35.7, 43, 35.7, 25.9),
    "fp32 by weights": (24, 53.4, 39.4, 45, 39.4, 30.3),
    "fp32 by products": (24, 56.5, 39.0, 45, 39.0, 28.4),
    "fp32 by products, ReLU": (24, 78.0, 21.0, 28, 21.1, 14.6),
}
"""Lanes, percentage of zero bits, ideal cycles, those of 99 % of the groups, cycles with the
window, and the bound, for groups of 64."""

BY_NAME = {kind.name: kind for kind in DISTRIBUTIONS}
INT8 = BY_NAME["int8 Gauss, clip 4"]


@pytest.fixture(scope="module")
def rows(seed: int) -> dict[str, Measured]:
    """The table of one seed, without switches."""
    return {row.name: row for row in table(seed=seed, switches={})}


def draw(kind: Distribution, seed: int, groups: int = 4000, pairs: int = 64) -> np.ndarray:
    """Draw groups of a distribution."""
    return kind.draw(np.random.default_rng(seed), (groups, pairs))


@pytest.mark.parametrize("name", KNOWN)
def test_within_a_hundredth(rows: dict[str, Measured], name: str) -> None:
    lanes, zeros, ideal, percentile, window, bound = KNOWN[name]
    row = rows[name]
    assert row.lanes == lanes
    # The known figures are rounded to a decimal, which is a hundredth of the smallest by itself.
    assert row.ideal == pytest.approx(ideal, rel=0.01, abs=0.1)
    assert row.window == pytest.approx(window, rel=0.01, abs=0.1)
    assert row.bound == pytest.approx(bound, rel=0.01, abs=0.1)
    assert row.zero_bits * 100 == pytest.approx(zeros, abs=0.3)
    assert row.percentile == pytest.approx(percentile, abs=1.1)
    assert row.gain == pytest.approx(64 / ideal, rel=0.02)
    assert row.bound <= row.ideal <= row.window


def test_one_row_is_new(rows: dict[str, Measured]) -> None:
    """The published circuit lets zero activations of float16 keep some of their ones."""
    assert set(rows) - set(KNOWN) == {"fp16 by products, ReLU dropped"}
    assert (
        rows["fp16 by products, ReLU dropped"].ideal < 0.91 * rows["fp16 by products, ReLU"].ideal
    )


def test_products_of_the_published_circuit(rows: dict[str, Measured]) -> None:
    assert rows[INT8.name].published == pytest.approx(1.14, abs=0.01)
    assert rows["fp32 by weights"].published == pytest.approx(1.02, abs=0.015)


@pytest.mark.parametrize("kind", DISTRIBUTIONS, ids=lambda kind: kind.name)
def test_inversion_is_within_half_of_the_pairs(kind: Distribution, seed: int) -> None:
    cycles = lane_cycles(draw(kind, seed, 1000), kind.lanes, BITLET).max(axis=-1)
    assert cycles.max() <= 32


def test_inverted_int8(seed: int) -> None:
    cycles = lane_cycles(draw(INT8, seed), 7, BITLET).max(axis=-1).mean()
    assert cycles == pytest.approx(31.0, abs=0.2)
    magnitudes = draw(BY_NAME["int4 Gauss, clip 3"], seed)
    assert lane_cycles(magnitudes, 3, BITLET).max(axis=-1).mean() == pytest.approx(29.4, rel=0.01)


@pytest.mark.parametrize(
    ("pairs", "gain"), [(8, 1.48), (16, 1.61), (32, 1.73), (64, 1.81), (128, 1.87), (256, 1.92)]
)
def test_more_pairs(pairs: int, gain: float, seed: int) -> None:
    """Groups of 64 without a barrier between those of a row are larger groups."""
    width = min(pairs, 64)
    config = PLAIN.replace(pairs=width, load_pairs=8, run_ahead=pairs // width)
    magnitudes = draw(INT8, seed, 2000 * (pairs // width), width)
    assert ideal(magnitudes, config) == pytest.approx(pairs / gain, rel=0.01)


def ideal(magnitudes: np.ndarray, config: Config) -> float:
    """Return the cycles of the fullest lane over the groups that lanes run ahead."""
    cycles = lane_cycles(magnitudes, INT8.lanes, config)
    joined = cycles.reshape(-1, config.run_ahead, INT8.lanes).sum(axis=1)
    return float(joined.max(axis=-1).mean())


@pytest.mark.parametrize(("window", "cycles"), [(2, 40.6), (4, 35.6), (8, 35.3), (16, 35.3)])
def test_wider_windows(window: int, cycles: float, seed: int) -> None:
    magnitudes = draw(INT8, seed)
    taken = lane_cycles(magnitudes, 7, PLAIN.replace(window=window)).max(axis=-1)
    assert taken.mean() == pytest.approx(cycles, rel=0.01)
    assert (taken >= lane_cycles(magnitudes, 7, PLAIN).max(axis=-1)).all()


@pytest.mark.parametrize(
    ("engines", "cycles"), [(1, 35.3), (2, 36.9), (4, 38.3), (8, 39.5), (16, 40.7), (32, 41.7)]
)
def test_lock_step(engines: int, cycles: float, seed: int) -> None:
    magnitudes = draw(INT8, seed, 16384)
    step = PLAIN.replace(pe_count=engines)
    assert group_cycles(magnitudes, INT8, step) == pytest.approx(cycles, rel=0.012)
    # Decoupled, what is lost falls to less than a fifth.
    free = step.replace(decoupled=1, skew=4)
    alone = group_cycles(magnitudes, INT8, PLAIN)
    lost = group_cycles(magnitudes, INT8, step) - alone
    assert group_cycles(magnitudes, INT8, free) - alone <= 0.2 * lost + 0.05


@pytest.mark.parametrize(("ahead", "cycles"), [(1, 35.3), (2, 34.1), (4, 33.3), (8, 32.9)])
def test_lanes_run_ahead(ahead: int, cycles: float, seed: int) -> None:
    """In rows of as many groups; in longer rows the lanes lose less still."""
    magnitudes = draw(INT8, seed, 4096)
    config = PLAIN.replace(run_ahead=ahead)
    assert group_cycles(magnitudes, INT8, config, ahead) == pytest.approx(cycles, rel=0.012)
    if ahead > 1:
        longer = group_cycles(magnitudes, INT8, config, 8 * ahead)
        assert longer < group_cycles(magnitudes, INT8, config, ahead)


def test_switches(seed: int) -> None:
    """What each brings for dense weights of 8 bits."""
    magnitudes = draw(INT8, seed)
    cycles = {
        name: group_cycles(magnitudes, INT8, PLAIN.replace(**changes))
        for name, changes in SWITCHES.items()
    }
    assert cycles["1 bank"] == pytest.approx(cycles["2 banks"] + PLAIN.beats, abs=0.02)
    # Products a cycle and engine; the published circuit has 1.14.
    assert 64 / cycles["inverted"] >= 1.9
    assert cycles["run ahead 4"] < cycles["2 banks"]
    # Three rows side by side in 24 lanes, which wait for the slowest of 21.
    assert cycles["packed"] == pytest.approx(random_bits(64, 21) / 3, rel=0.07)
    assert cycles["8 decoupled"] < 0.92 * cycles["8 in step"]
    assert cycles["all"] < min(value for name, value in cycles.items() if name != "all")


@pytest.mark.parametrize(
    ("lanes", "cycles"), [(4, 36.1), (7, 37.4), (8, 37.7), (15, 38.9), (24, 39.8)]
)
def test_random_bits(lanes: int, cycles: float) -> None:
    assert random_bits(64, lanes) == pytest.approx(cycles, abs=0.05)
    assert 30 < random_bits(64, lanes, inverted=True) < 32


def test_random_bits_are_the_mean_of_all_groups() -> None:
    """Every group of 4 pairs in 2 lanes, and their exact mean."""
    for inverted in (False, True):
        counts = []
        for columns in product(product((0, 1), repeat=4), repeat=2):
            ones = [sum(column) for column in columns]
            counts.append(max(min(n, 4 - n) if inverted else n for n in ones))
        assert random_bits(4, 2, inverted=inverted) == pytest.approx(sum(counts) / len(counts))


@pytest.mark.slow
def test_the_whole_table(seed: int) -> None:
    """No switch costs a cycle for any weights, but for engines that wait for each other."""
    for row in table(seed=seed):
        alone = {name: cycles for name, cycles in row.switched.items() if name[0] != "8"}
        assert max(alone, key=alone.__getitem__) == "1 bank"
        assert row.switched["inverted"] <= 32.01
        assert row.switched["8 decoupled"] < row.switched["8 in step"]
        assert row.switched["all"] <= row.switched["8 in step"]
