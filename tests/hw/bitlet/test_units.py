"""Units of the Bitlet engine, each with its bench in both simulators."""

import pytest

from zskip.hw.bitlet.finder import Finder
from zskip.hw.bitlet.selector import Selector
from zskip.model.bitlet.config import NAMED, Config
from zskip.verif.common.unit_run import UnitRun

TINY = NAMED["tiny"]
FINDERS = {
    "whole": TINY.replace(invert=0),
    "whole, inverted": TINY,
    "64, inverted": TINY.replace(pairs=64, load_pairs=16),
    "window of 2": TINY.replace(window=2, invert=0),
    "window of 3, inverted": TINY.replace(window=3),
    "window beyond": TINY.replace(window=16, load_pairs=8),
    "64, window of 8": TINY.replace(pairs=64, load_pairs=64, window=8),
}


@pytest.mark.parametrize("config", FINDERS.values(), ids=FINDERS)
def test_finder(run_unit: UnitRun, config: Config) -> None:
    run_unit(Finder(config), "tb_finder", config)


@pytest.mark.parametrize(("pairs", "bits"), [(8, 17), (64, 5)])
def test_selector(run_unit: UnitRun, pairs: int, bits: int) -> None:
    run_unit(Selector(pairs=pairs, bits=bits), "tb_selector", pairs=pairs, bits=bits)
