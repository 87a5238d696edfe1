"""Names and meanings of the counters."""

from zskip.model.eie.counters import CENTRAL, MEANINGS, PER_PE, UNTIMED


def test_every_counter_has_a_meaning() -> None:
    assert list(MEANINGS) == [*CENTRAL, *PER_PE]
    assert all(MEANINGS.values())


def test_untimed_counters_are_counters_of_a_pe() -> None:
    assert set(UNTIMED) <= set(PER_PE)
