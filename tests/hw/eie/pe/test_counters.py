"""The counters of a PE; oracle: sums by `zskip.model.eie.counters`."""

from zskip.hw.eie.pe.counters import Counters
from zskip.model.eie.config import TINY
from zskip.verif.eie.unit_run import UnitRun


def test_counters(run_unit: UnitRun) -> None:
    run_unit(Counters(), "tb_counters", TINY)
