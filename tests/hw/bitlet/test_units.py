"""Units of the Bitlet engine, each with its bench in both simulators."""

import pytest

from zskip.hw.bitlet.accumulator import Accumulator
from zskip.hw.bitlet.compute_engine import ComputeEngine
from zskip.hw.bitlet.control import Control
from zskip.hw.bitlet.cursor import Cursor
from zskip.hw.bitlet.engine_core import EngineCore
from zskip.hw.bitlet.feed import Feed
from zskip.hw.bitlet.finder import Finder
from zskip.hw.bitlet.group_finder import GroupFinder
from zskip.hw.bitlet.group_loader import GroupLoader
from zskip.hw.bitlet.group_queue import GroupQueue
from zskip.hw.bitlet.group_ring import GroupRing
from zskip.hw.bitlet.lane import Lane
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.pe import Pe
from zskip.hw.bitlet.selector import Selector
from zskip.hw.bitlet.shift_tree import ShiftTree
from zskip.hw.bitlet.vectors import Vectors
from zskip.model.bitlet.config import NAMED, Config
from zskip.verif.bitlet.tb_group_queue import BITS
from zskip.verif.bitlet.tb_group_ring import NOTE_BITS
from zskip.verif.common.unit_run import UnitRun

TINY = NAMED["tiny"].replace(lanes=4, float_bits=0)
FINDERS = {
    "whole": TINY.replace(invert=0),
    "whole, inverted": TINY,
    "64, inverted": TINY.replace(pairs=64, load_pairs=16),
    "window of 2": TINY.replace(window=2, invert=0),
    "window of 3, inverted": TINY.replace(window=3),
    "window beyond": TINY.replace(window=16, load_pairs=8),
    "64, window of 8": TINY.replace(pairs=64, load_pairs=64, window=8),
}


@pytest.mark.every(3)
@pytest.mark.parametrize("config", FINDERS.values(), ids=FINDERS)
def test_finder(run_unit: UnitRun, config: Config) -> None:
    run_unit(Finder(config), "tb_finder", config)


@pytest.mark.parametrize(("pairs", "bits"), [(8, 17), (64, 5)])
def test_selector(run_unit: UnitRun, pairs: int, bits: int) -> None:
    run_unit(Selector(pairs=pairs, bits=bits), "tb_selector", pairs=pairs, bits=bits)


@pytest.mark.parametrize(("lanes", "bits", "step"), [(1, 5, 1), (7, 17, 1), (24, 23, 1), (3, 9, 4)])
def test_shift_tree(run_unit: UnitRun, lanes: int, bits: int, step: int) -> None:
    unit = ShiftTree(lanes=lanes, term_bits=bits, step=step)
    run_unit(unit, "tb_shift_tree", lanes=lanes, term_bits=bits, step=step)


@pytest.mark.parametrize(("sum_bits", "wide_bits"), [(12, 0), (24, 0), (40, 0), (30, 50), (16, 20)])
def test_accumulator(run_unit: UnitRun, sum_bits: int, wide_bits: int) -> None:
    widths = {"acc_bits": 24, "sum_bits": sum_bits, "wide_bits": wide_bits}
    run_unit(Accumulator(**widths), "tb_accumulator", **widths)


ENGINES = {
    "all": TINY,
    "one bank": TINY.replace(banks=1),
    "published": TINY.replace(banks=1, window=3, invert=0, segments=1),
    "window, two banks": TINY.replace(window=8, invert=0),
    "window, inverted": TINY.replace(window=2, load_pairs=8),
    "one pair a beat": TINY.replace(load_pairs=1, banks=2, invert=0, acc_bits=24),
    "16 pairs": TINY.replace(pairs=16, lanes=7, segments=1, load_pairs=16),
    "one row": TINY.replace(segments=1),
    "seven rows": TINY.replace(pairs=16, lanes=7, segments=7, load_pairs=16),
}


def run_lanes(
    run_unit: UnitRun,
    unit: type[Lane | GroupLoader | ComputeEngine],
    bench: str,
    config: Config,
) -> None:
    """Run a bench of what is built from a format of lanes."""
    run_unit(unit(LaneFormat(config=config)), bench, config)


@pytest.mark.every(3)
@pytest.mark.parametrize("config", ENGINES.values(), ids=ENGINES)
def test_lane(run_unit: UnitRun, config: Config) -> None:
    run_lanes(run_unit, Lane, "tb_lane", config)


@pytest.mark.parametrize("name", ["all", "one bank", "published", "one pair a beat", "16 pairs"])
def test_group_loader(run_unit: UnitRun, name: str) -> None:
    run_lanes(run_unit, GroupLoader, "tb_group_loader", ENGINES[name])


@pytest.mark.every(3)
@pytest.mark.parametrize("config", ENGINES.values(), ids=ENGINES)
def test_compute_engine(run_unit: UnitRun, config: Config) -> None:
    run_lanes(run_unit, ComputeEngine, "tb_compute_engine", config)


@pytest.mark.every(3)
@pytest.mark.parametrize("config", ENGINES.values(), ids=ENGINES)
def test_engine_core(run_unit: UnitRun, config: Config) -> None:
    run_unit(EngineCore(config), "tb_engine_core", config)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_named_compute_engine(run_unit: UnitRun, name: str) -> None:
    run_lanes(run_unit, ComputeEngine, "tb_compute_engine", NAMED[name])


@pytest.mark.parametrize("changes", [{"invert": 0}, {}, {"window": 4, "invert": 0}], ids=str)
def test_every_group(run_unit: UnitRun, changes: dict[str, int]) -> None:
    config = TINY.replace(lanes=2, segments=1, load_pairs=8, **changes)
    run_lanes(run_unit, ComputeEngine, "tb_every_group", config)


@pytest.mark.parametrize("places", [1, 2, 3, 8])
def test_group_ring(run_unit: UnitRun, places: int) -> None:
    unit = GroupRing(places=places, note_bits=NOTE_BITS)
    run_unit(unit, "tb_group_ring", places=places)


@pytest.mark.parametrize(("beats", "groups"), [(1, 1), (2, 1), (4, 3), (1, 4)])
def test_group_queue(run_unit: UnitRun, beats: int, groups: int) -> None:
    unit = GroupQueue(BITS, beats=beats, groups=groups)
    run_unit(unit, "tb_group_queue", beats=beats, groups=groups)


@pytest.mark.parametrize("depth", [2, 5])
def test_cursor(run_unit: UnitRun, depth: int) -> None:
    run_unit(Cursor(depth=depth), "tb_cursor", depth=depth)


AHEAD = {
    "2": TINY.replace(run_ahead=2),
    "3, published": TINY.replace(run_ahead=3, banks=1, window=3, invert=0, segments=1),
    "4": TINY.replace(run_ahead=4, load_pairs=8),
    "4, one bank": TINY.replace(run_ahead=4, banks=1, load_pairs=8, lanes=6, segments=3),
    "4, window, inverted": TINY.replace(run_ahead=4, window=2, load_pairs=8),
    "8, one bank, not inverted": TINY.replace(run_ahead=8, banks=1, invert=0, load_pairs=8),
    "8, one row": TINY.replace(run_ahead=8, segments=1, load_pairs=8),
}


def test_engine_core_ahead(run_unit: UnitRun) -> None:
    config = AHEAD["4, one bank"]
    run_unit(EngineCore(config), "tb_engine_core", config)


@pytest.mark.parametrize("name", ["2", "3, published"])
def test_finder_ahead(run_unit: UnitRun, name: str) -> None:
    run_unit(Finder(AHEAD[name]), "tb_finder", AHEAD[name])


@pytest.mark.every(3)
@pytest.mark.parametrize("config", AHEAD.values(), ids=AHEAD)
def test_group_finder(run_unit: UnitRun, config: Config) -> None:
    run_unit(GroupFinder(config), "tb_group_finder", config)


@pytest.mark.every(3)
@pytest.mark.parametrize("name", ["2", "3, published", "4, window, inverted"])
def test_lane_ahead(run_unit: UnitRun, name: str) -> None:
    run_lanes(run_unit, Lane, "tb_lane", AHEAD[name])


@pytest.mark.every(3)
@pytest.mark.parametrize("config", AHEAD.values(), ids=AHEAD)
def test_compute_engine_ahead(run_unit: UnitRun, config: Config) -> None:
    run_lanes(run_unit, ComputeEngine, "tb_compute_engine", config)


@pytest.mark.parametrize(
    "changes",
    [
        {"load_pairs": 1, "pe_count": 1},
        {"load_pairs": 8, "pe_count": 2},
        {"pe_count": 16, "vector_depth": 48},
        {"pe_count": 1, "lanes": 24, "float_bits": 32},
        {"pe_count": 8, "load_pairs": 2, "lanes": 24, "float_bits": 32},
        {"pe_count": 1, "load_pairs": 8, "double_input": 1},
        {"pe_count": 8, "load_pairs": 2, "lanes": 24, "float_bits": 32, "double_input": 1},
    ],
    ids=str,
)
def test_vectors(run_unit: UnitRun, changes: dict[str, int]) -> None:
    config = TINY.replace(**{"vector_depth": 32, **changes})
    run_unit(Vectors(config), "tb_vector_banks" if config.double_input else "tb_vectors", config)


@pytest.mark.parametrize("load_pairs", [1, 4, 8])
def test_feed(run_unit: UnitRun, load_pairs: int) -> None:
    config = TINY.replace(load_pairs=load_pairs, weight_depth=100, vector_depth=24)
    run_unit(Feed(config), "tb_feed", config)


@pytest.mark.parametrize(
    "changes",
    [
        {"load_pairs": 4, "float_bits": 16, "lanes": 12},
        {"load_pairs": 8, "segments": 1, "float_bits": 32, "lanes": 24},
        {"pe_count": 1, "segments": 4},
        {"decoupled": 1, "skew": 1},
    ],
    ids=str,
)
def test_control(run_unit: UnitRun, changes: dict[str, int]) -> None:
    config = TINY.replace(**{"bias_depth": 17, **changes})
    config = config.replace(weight_depth=96 * config.beats)
    run_unit(Control(config), "tb_control", config)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"segments": 1, "load_pairs": 8, "lanes": 7},
        {"decoupled": 1, "skew": 1, "load_pairs": 8},
        {"decoupled": 1, "skew": 2},
    ],
    ids=str,
)
def test_pe(run_unit: UnitRun, changes: dict[str, int]) -> None:
    config = TINY.replace(**{"weight_depth": 16, "bias_depth": 4, **changes})
    run_unit(Pe(config), "tb_pe", config)
