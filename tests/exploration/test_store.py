"""The store: what names a result, and files that cannot be read."""

from pathlib import Path

import numpy as np
import pytest

from zskip.exploration import store
from zskip.exploration.points import Point
from zskip.exploration.store import Store, content_key
from zskip.exploration.workload import BenchmarkWorkload, FloatWorkload, Workload
from zskip.files.inputs import Inputs
from zskip.model.common.benchmark import find
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer
from zskip.model.eie.config import PAPER

POINT = Point(PAPER, ())


def floats(weight: float = 1.0, value: float = 1.0, scale: float = 1.0) -> Workload:
    """A small float network."""
    layer = FloatLayer(weights=np.full((2, 3), weight), bias=np.zeros(2), relu=False)
    labels = np.zeros(4, dtype=np.int64)
    return FloatWorkload("x", [layer], Inputs(values=np.full((4, 3), value), labels=labels), scale)


def test_a_key_hangs_on_everything_that_figures_do(monkeypatch: pytest.MonkeyPatch) -> None:
    workload = BenchmarkWorkload(find("NT-We"), 1)
    keys = [
        content_key(POINT, workload),
        content_key(Point(PAPER.replace(queue_depth=4), ()), workload),
        content_key(Point(PAPER, ("queue_depth",)), workload),
        content_key(POINT, BenchmarkWorkload(find("NT-We"), 2)),
        content_key(POINT, BenchmarkWorkload(find("NT-Wd"), 1)),
        content_key(POINT, BenchmarkWorkload(find("NT-We").scaled(0.5), 1)),
        content_key(POINT, floats()),
        content_key(POINT, floats(weight=2.0)),
        content_key(POINT, floats(value=2.0)),
        content_key(POINT, floats(scale=2.0)),
    ]
    monkeypatch.setattr(store, "VERSION", "0.0.1")
    keys.append(content_key(POINT, workload))
    monkeypatch.setattr(store, "COLUMNS", store.COLUMNS[1:])
    keys.append(content_key(POINT, workload))
    assert len(set(keys)) == len(keys)


def test_the_same_content_has_the_same_key() -> None:
    assert content_key(POINT, floats()) == content_key(Point(PAPER.replace(), ()), floats())


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '"figures"'])
def test_a_file_that_cannot_be_read_is_as_none(tmp_path: Path, damage: str) -> None:
    kept, workload = Store(tmp_path / "store"), BenchmarkWorkload(find("NT-We"), 1)
    assert kept.get("key") is None
    kept.put("key", POINT, workload, {"cycles": 3, "fits": True})
    assert kept.get("key") == {"cycles": 3, "fits": True}
    (tmp_path / "store" / "key.json").write_text(damage)
    assert kept.get("key") is None
    kept.put("key", POINT, workload, {"cycles": 4})
    assert kept.get("key") == {"cycles": 4}


def test_a_store_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="must be a folder, but is a file"):
        Store(tmp_path / "file")
    with pytest.raises(InputError, match="must be in a folder that exists"):
        Store(tmp_path / "none" / "store")
