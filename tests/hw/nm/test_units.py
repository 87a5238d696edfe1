"""Units of the N:M array, each with its bench in both simulators."""

import pytest

from zskip.hw.nm.accumulator import Accumulator
from zskip.hw.nm.beats import Beats
from zskip.hw.nm.control import Control
from zskip.hw.nm.dot_product import DotProduct
from zskip.hw.nm.row import Row
from zskip.hw.nm.selector import Selector
from zskip.hw.nm.vectors import Vectors
from zskip.model.nm.config import NAMED, Config
from zskip.verif.common.unit_run import UnitRun

TINY = NAMED["tiny"]
SPARSE = {
    "2:4": TINY.replace(groups=2),
    "1:4": TINY.replace(n=1),
    "3:8": TINY.replace(n=3, m=8, groups=2, weight_bits=4),
    "5:16": TINY.replace(n=5, m=16, weight_bits=16, activation_bits=16),
}
ALL = {**SPARSE, "dense": TINY.replace(n=4, groups=2), "one": TINY.replace(n=1, m=4)}


@pytest.mark.parametrize("config", SPARSE.values(), ids=SPARSE)
def test_selector(run_unit: UnitRun, config: Config) -> None:
    run_unit(Selector(config), "tb_selector", config)


@pytest.mark.parametrize("config", ALL.values(), ids=ALL)
def test_dot_product(run_unit: UnitRun, config: Config) -> None:
    run_unit(DotProduct(config), "tb_dot_product", config)


@pytest.mark.parametrize(
    "changes",
    [{}, {"acc_bits": 24, "activation_bits": 16, "weight_bits": 16, "groups": 4}, {"acc_bits": 48}],
    ids=str,
)
def test_accumulator(run_unit: UnitRun, changes: dict[str, int]) -> None:
    config = TINY.replace(**changes)
    run_unit(Accumulator(config), "tb_accumulator", config)


@pytest.mark.parametrize("n", [1, 2, 4])
def test_beats(run_unit: UnitRun, n: int) -> None:
    config = TINY.replace(n=n, vector_depth=16)
    run_unit(Beats(config), "tb_beats", config)


@pytest.mark.parametrize(
    "changes",
    [
        {"pe_count": 1, "groups": 2},
        {"pe_count": 2},
        {"pe_count": 16, "activation_bits": 16},
        {"pe_count": 1, "groups": 2, "double_input": 1},
        {"pe_count": 16, "double_input": 1},
    ],
    ids=str,
)
def test_vectors(run_unit: UnitRun, changes: dict[str, int]) -> None:
    config = TINY.replace(vector_depth=48, **changes)
    run_unit(Vectors(config), "tb_vector_banks" if config.double_input else "tb_vectors", config)


@pytest.mark.parametrize("name", ["2:4", "3:8", "dense"])
def test_row(run_unit: UnitRun, name: str) -> None:
    run_unit(Row(ALL[name]), "tb_row", ALL[name])


@pytest.mark.parametrize(
    "changes", [{"weight_bits": 4}, {"weight_bits": 8}, {"double_input": 1}], ids=str
)
def test_control(run_unit: UnitRun, changes: dict[str, int]) -> None:
    config = TINY.replace(groups=2, **changes)
    run_unit(Control(config), "tb_control_ahead" if config.double_input else "tb_control", config)
