"""The memory of wide words; oracle: a list of words."""

import pytest

from zskip.hw.common.sliced_memory import SlicedMemory
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize(
    ("width", "depth", "slice_bits"), [(20, 37, 64), (130, 9, 64), (72, 1, 24), (48, 8, 48)]
)
def test_sliced_memory(run_unit: UnitRun, width: int, depth: int, slice_bits: int) -> None:
    sizes = {"width": width, "depth": depth, "slice_bits": slice_bits}
    run_unit(SlicedMemory(**sizes), "tb_sliced_memory", **sizes)


def test_two_halves(run_unit: UnitRun) -> None:
    sizes = {"width": 130, "depth": 9, "streamed": 1}
    run_unit(SlicedMemory(**sizes), "tb_sliced_memory", **sizes)
