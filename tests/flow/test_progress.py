"""Progress of work in another thread."""

from concurrent.futures import CancelledError

import pytest

from zskip.flow.progress import Background


def test_steps_are_shown_from_the_first_on() -> None:
    shown: list[int] = []
    with Background() as done:
        done(2)
        done(3)
        done.show(shown.append)
        done(4)
    assert shown == [5, 4]


def test_work_ends_when_nobody_waits_for_it() -> None:
    with Background() as done:
        done(1)
    with pytest.raises(CancelledError):
        done(1)
