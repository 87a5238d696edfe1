"""Contents of an HDF5 file of Keras, read by a process of its own: see `keras_child`."""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any, cast

import numpy as np

from zskip.files.formats.guard import check_installed, damaged, growth_limit
from zskip.files.formats.tensors import Tensor
from zskip.model.common.errors import InputError

KIND = "HDF5 file of Keras"
READER = "zskip.files.formats.keras_child"
CHUNK = 2**20
SECONDS = 30.0
BYTES_PER_SECOND = 10_000_000
"""A file may take so long: some seconds, and more if it is large."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """Contents of a file.

    Attributes
    ----------
    config : str or None
        The architecture, as JSON; None if there are weights only.
    layers : sequence of (str, mapping from str to ndarray)
        Name of each layer, and its tensors by their paths in it, in the order of the file.
    keys : sequence of str
        What the file calls each layer: its name, or in Keras 3 its numbered class.
    """

    config: str | None
    layers: Sequence[tuple[str, dict[str, Tensor]]]
    keys: Sequence[str]


def load(path: Path, size: int) -> Contents:
    """Read a file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    size : int
        Its bytes.

    Returns
    -------
    Contents

    Raises
    ------
    InputError
        It is damaged, is not of Keras, or declares too much; or h5py is missing.
    """
    check_installed("h5py", "keras")
    limit = growth_limit(size)
    with run_reader(path, limit, SECONDS + size / BYTES_PER_SECOND) as stream:
        return _receive(stream)


@contextmanager
def run_reader(path: Path, limit: int, seconds: float) -> Iterator[IO[bytes]]:
    """Run the process that reads a file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    limit : int
        How many bytes its tensors may take together.
    seconds : float
        How long it may take.

    Yields
    ------
    file object
        What the process writes.

    Raises
    ------
    InputError
        The process crashed or took too long, so that the body of the ``with`` statement failed.
    """
    # One thread keeps the libraries from taking address space for others.
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment = os.environ | threads | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", READER, str(path), str(limit)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    stream = cast(IO[bytes], child.stdout)
    timer = Timer(seconds, child.kill)
    timer.start()
    try:
        yield stream
    except EOFError:
        raise damaged(KIND, _failure(child.wait(), seconds)) from None
    finally:
        child.kill()
        child.wait()
        stream.close()
        timer.cancel()


def _failure(status: int, seconds: float) -> str:
    """Say how a process ended that did not finish its report."""
    if status == -signal.SIGKILL:
        return f"the HDF5 library took more than {seconds:.0f} s for it"
    if status < 0:
        return f"the HDF5 library crashed on it ({signal.Signals(-status).name})"
    return f"the process that reads it ended early, with status {status}"


def _receive(stream: IO[bytes]) -> Contents:
    """Take what the process writes; an EOFError if it ends too early."""
    line = stream.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    found = json.loads(line)
    if "error" in found:
        raise InputError(found["error"])
    layers = [
        (layer["name"], {t["name"]: _tensor(stream, t) for t in layer["tensors"]})
        for layer in found["layers"]
    ]
    keys = [layer["key"] for layer in found["layers"]]
    return Contents(config=found["config"], layers=layers, keys=keys)


def _tensor(stream: IO[bytes], description: Mapping[str, Any]) -> Tensor:
    """Take the values of a tensor."""
    shape = description["shape"]
    values = np.empty(math.prod(shape), dtype=description["dtype"])
    target = values.view(np.uint8).data
    while target:
        chunk = stream.read(min(len(target), CHUNK))
        if not chunk:
            raise EOFError
        target[: len(chunk)] = chunk
        target = target[len(chunk) :]
    return values.reshape(shape)
