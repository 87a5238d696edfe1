"""The architecture beside a Keras file of weights, as ``model.to_json()`` writes it."""

import json
from pathlib import Path

from zskip.files.archive import open_file

ENDINGS = (".weights.h5", "_weights.h5", "_weights.hdf5", ".h5", ".hdf5")
"""Ends of names of files of weights; with ``.json`` in their place, the name of an architecture."""

MAX_BYTES = 2**24


def beside(path: Path) -> tuple[Path, str] | None:
    """Return the architecture that stands beside a file of weights.

    Parameters
    ----------
    path : pathlib.Path
        The file of weights, as ``NAME_weights.h5``.

    Returns
    -------
    (pathlib.Path, str) or None
        ``NAME.json`` and its text; None if there is none, or if it holds something else.
    """
    ending = next((end for end in ENDINGS if path.name.lower().endswith(end)), path.suffix)
    other = path.with_name(f"{path.name[: len(path.name) - len(ending)]}.json")
    if not other.is_file() or other.stat().st_size > MAX_BYTES:
        return None
    with open_file(other) as file:
        data = file.read()
    try:
        text = data.decode()
        content = json.loads(text)
    except (RecursionError, ValueError):
        return None
    known = isinstance(content, dict) and {"class_name", "config"} <= content.keys()
    return (other, text) if known else None
