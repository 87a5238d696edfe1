"""Checks that a plot can be drawn and written."""

import importlib.util
from os import PathLike
from pathlib import Path

from zskip.files.atomic import check_target
from zskip.model.common.errors import InputError


def check_plotting() -> None:
    """Check that plots can be drawn.

    Raises
    ------
    InputError
        matplotlib is not installed.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise InputError(
            "plots need the package matplotlib, which is not installed: pip install 'zskip[report]'"
        )


def checked_plot(
    plot: str | PathLike[str] | None, *sources: str | PathLike[str] | None
) -> Path | None:
    """Return the file of a plot after a check that it can be drawn and written.

    Parameters
    ----------
    plot : path or None
        The file.
    *sources : path or None
        Files that are read.

    Returns
    -------
    pathlib.Path or None

    Raises
    ------
    InputError
        matplotlib is missing, or the file cannot be written.
    """
    if plot is None:
        return None
    check_plotting()
    check_target(Path(plot), *sources)
    return Path(plot)
