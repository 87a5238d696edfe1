"""Import of `zskip.train`, with and without PyTorch; the example in its docstring runs."""

import doctest
import importlib
import sys
from pathlib import Path

import pytest


def test_without_pytorch_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("zskip.train")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        importlib.import_module("zskip.train")
    assert str(caught.value) == (
        "zskip.train must have PyTorch, but there is none: python -m pip install 'zskip[train]'"
    )
    assert caught.value.name == "torch"


def test_there_are_three_calls() -> None:
    pytest.importorskip("torch")
    train = importlib.import_module("zskip.train")
    assert train.__all__ == ["export", "prune", "share_weights"]
    assert all(callable(getattr(train, name)) for name in train.__all__)


def test_the_example_of_the_docstring_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    outcome = doctest.testmod(importlib.import_module("zskip.train"))
    assert outcome.attempted > 10
    assert outcome.failed == 0
    assert (tmp_path / "network.npz").is_file()
