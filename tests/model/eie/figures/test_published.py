"""The published cycles; oracle: the paper's table IV at 800 MHz."""

from zskip.model.common.benchmark import NAMES
from zskip.model.eie.figures.published import PUBLISHED


def test_the_cycles_are_the_papers() -> None:
    assert tuple(PUBLISHED) == NAMES
    assert [cycles.theoretical_cycles for cycles in PUBLISHED.values()] == [
        22480, 9360, 7120, 22480, 6320, 5840, 4160, 10400, 5200,
    ]  # fmt: skip
    assert [cycles.actual_cycles for cycles in PUBLISHED.values()] == [
        24240, 9760, 7920, 27520, 6960, 6720, 6400, 11120, 6000,
    ]  # fmt: skip
