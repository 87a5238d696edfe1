"""Table of the cycles for 64 weights; oracle: the measurements that it is of."""

import pytest

from zskip.model.bitlet.figures.cycles import SWITCHES, table
from zskip.model.bitlet.figures.weight_table import LEAST_GROUPS, weight_table


def test_rows() -> None:
    shown = weight_table(3, groups=1)
    measured = table(LEAST_GROUPS, 3)
    rows = shown.to_dict()
    assert [row["weights"] for row in rows] == [one.name for one in measured]
    for row, one in zip(rows, measured, strict=True):
        assert list(row)[:8] == list(shown.heads)[:8]
        assert row["ideal"] == pytest.approx(one.ideal, abs=0.006)
        assert row["gain"] == pytest.approx(64 / one.ideal, abs=0.006)
        for name in SWITCHES:
            assert row[name] == pytest.approx(one.switched[name], abs=0.006)
    assert f"{LEAST_GROUPS} random groups" in shown.notes[0]
