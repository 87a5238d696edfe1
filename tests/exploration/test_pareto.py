"""The Pareto front; oracle: the definition, point by point."""

import random

from hypothesis import given
from hypothesis import strategies as some

from zskip.exploration.pareto import pareto_front


def dominated(one: tuple[int, ...], others: list[tuple[int, ...]]) -> bool:
    """Whether another point is as good in every figure and better in one."""
    return any(
        other != one and all(left <= right for left, right in zip(other, one, strict=True))
        for other in others
    )


@given(some.lists(some.tuples(some.integers(0, 5), some.integers(0, 5), some.integers(0, 5))))
def test_front(points: list[tuple[int, ...]]) -> None:
    assert pareto_front(points) == [not dominated(one, points) for one in points]


def test_the_order_changes_nothing() -> None:
    points = [(x, y) for x in range(5) for y in range(5) if x + y >= 4]
    random.Random(1).shuffle(points)
    best = [one for one, front in zip(points, pareto_front(points), strict=True) if front]
    assert sorted(best) == [(x, 4 - x) for x in range(5)]
