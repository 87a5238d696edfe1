"""Monitors and pauses of streams; oracle: the rule of streams, applied by hand."""

from itertools import islice
from typing import Any, NamedTuple, cast

import numpy as np
import pytest

from zskip.verif.common.streams import PATTERNS, StreamMonitor, pauses


class Port:
    """A port that a test sets."""

    def __init__(self) -> None:
        self.bits = 0

    @property
    def value(self) -> int:
        return self.bits


class Cycle(NamedTuple):
    """What a stream shows in one cycle."""

    valid: int
    ready: int
    payload: int


def monitor(cycles: list[Cycle]) -> StreamMonitor:
    """Let a monitor look at some cycles."""
    ports = {f"s__{name}": Port() for name in Cycle._fields}

    class Bench(dict[str, Port]):
        def add(self, agent: object) -> None:
            """Take every agent."""

        def stream(self, name: str) -> tuple[Port, ...]:
            """Return the ports of a stream."""
            return tuple(self[f"{name}__{field}"] for field in ("valid", "ready", "payload"))

    watcher = StreamMonitor(cast("Any", Bench(ports)), "s")
    for number, cycle in enumerate(cycles):
        for name, value in cycle._asdict().items():
            ports[f"s__{name}"].bits = value
        watcher.sample(number)
    return watcher


def test_transfers_are_recorded() -> None:
    watcher = monitor([Cycle(1, 1, 5), Cycle(0, 1, 9), Cycle(1, 0, 6), Cycle(1, 1, 6)])
    assert watcher.items == [5, 6]
    assert watcher.cycles == [0, 3]


def test_valid_must_hold() -> None:
    with pytest.raises(AssertionError, match="s: valid fell in cycle 1 without ready"):
        monitor([Cycle(1, 0, 5), Cycle(0, 0, 5)])


def test_payload_must_hold() -> None:
    with pytest.raises(AssertionError, match="s: the payload changed in cycle 1 without ready"):
        monitor([Cycle(1, 0, 5), Cycle(1, 1, 6)])


def test_anything_may_follow_a_transfer() -> None:
    monitor([Cycle(1, 1, 5), Cycle(1, 1, 6), Cycle(0, 0, 7), Cycle(1, 1, 8)])


@pytest.mark.parametrize(
    ("pattern", "share"),
    [("never", 0.0), ("seldom", 0.25), ("mostly", 0.75), ("bursts", 0.5), ("always", 1.0)],
)
def test_share_of_pauses(pattern: str, share: float) -> None:
    given = list(islice(pauses(pattern, np.random.default_rng(3)), 20_000))
    assert np.mean(given) == pytest.approx(share, abs=0.03)


def test_patterns_get_on() -> None:
    for pattern in PATTERNS:
        assert False in islice(pauses(pattern, np.random.default_rng(3)), 500)
