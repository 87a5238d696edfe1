"""The process that reads HDF5 files; oracle: what each of its failures must become."""

import io
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from zskip.files.formats import keras_h5
from zskip.files.formats.keras_file import read
from zskip.model.common.reference import FloatLayer

pytest.importorskip("h5py")

Refused = Callable[..., str]
DAMAGED = "must be a whole, undamaged HDF5 file of Keras, but: "


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file is."""
    return tmp_path / "net.h5"


def test_a_relative_path(
    path: Path,
    write_keras: Callable[..., None],
    network: Sequence[FloatLayer],
    same: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_keras(path, None)
    monkeypatch.chdir(path.parent)
    same(read(Path(path.name)), network)


@pytest.fixture
def failing(path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    def prepare(program: str) -> Path:
        module = path.parent / "failing_reader.py"
        module.write_text(f"import os, signal, sys, time\n{program}\n")
        monkeypatch.syspath_prepend(path.parent)
        monkeypatch.setattr(keras_h5, "READER", "failing_reader")
        path.write_bytes(b"x")
        return path

    return prepare


def test_crash(failing: Callable[[str], Path], refused: Refused) -> None:
    path = failing("os.kill(os.getpid(), signal.SIGSEGV)")
    assert refused(read, path) == (
        f"{DAMAGED}the HDF5 library crashed on it (SIGSEGV); write the file again"
    )


def test_hang(
    failing: Callable[[str], Path], refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras_h5, "SECONDS", 1.0)
    path = failing("print('{', end='', flush=True); time.sleep(60)")
    start = time.monotonic()
    assert refused(read, path) == (
        f"{DAMAGED}the HDF5 library took more than 1 s for it; write the file again"
    )
    assert time.monotonic() - start < 30


def test_early_end(failing: Callable[[str], Path], refused: Refused) -> None:
    assert refused(read, failing("sys.exit(7)")) == (
        f"{DAMAGED}the process that reads it ended early, with status 7; write the file again"
    )


def test_too_few_values(failing: Callable[[str], Path], refused: Refused) -> None:
    tensors = [{"name": "kernel", "shape": [2, 2], "dtype": "<f4"}]
    found = {"config": None, "layers": [{"name": "a", "tensors": tensors}]}
    path = failing(f"print({json.dumps(json.dumps(found))}); print('x' * 9)")
    assert "the process that reads it ended early, with status 0" in refused(read, path)


def test_memory_is_limited() -> None:
    child = pytest.importorskip("zskip.files.formats.keras_child")
    with warnings.catch_warnings():
        # Python warns of other threads, which the child does without.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        try:
            child.main(["/nonexistent", "1000"])
            np.empty(child.MEMORY, np.uint8)
        except MemoryError:
            os._exit(3)
        finally:
            os._exit(4)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 3


def test_long_texts(
    path: Path, write_keras: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    child = pytest.importorskip("zskip.files.formats.keras_child")
    monkeypatch.setattr(child, "MAX_TEXT", 10)
    write_keras(path, None)
    output = io.BytesIO()
    child.report(str(path), 1000, output)
    assert json.loads(output.getvalue()) == {
        "error": f"{DAMAGED}attribute 'layer_names' is too long; write the file again"
    }
