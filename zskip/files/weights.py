"""Weights of a float network, from any of the formats that are known."""

import importlib
from pathlib import Path

from zskip.files.archive import open_file
from zskip.model.common.errors import InputError
from zskip.model.common.reference import FloatLayer

READERS = {
    ".npz": "zskip.files.formats.npz:read",
}
"""Module and function that read each suffix; imported when a file with that suffix is read."""


def read_weights(path: Path) -> tuple[FloatLayer, ...]:
    """Read the layers of a float network.

    Parameters
    ----------
    path : pathlib.Path
        File of weights; its suffix names the format.

    Returns
    -------
    tuple of FloatLayer
        From input to output, with the names of the source. Whether they are whole and chain is
        for `zskip.model.common.float_network.check_float_network` to check.

    Raises
    ------
    InputError
        The file cannot be opened, its suffix is not known, or its contents are refused.
    """
    with open_file(path):
        pass
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(
            f"a file of weights must end in {' or '.join(READERS)}, not {path.name!r}: convert it"
        )
    module, function = reader.split(":")
    return getattr(importlib.import_module(module), function)(path)
