"""Checks that a plot can be drawn and written."""

import importlib.util
from os import PathLike
from pathlib import Path

from zskip.files.atomic import check_target
from zskip.flow.given import paths
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


def checked_plot(plot: str | PathLike[str] | None, *sources: object) -> Path | None:
    """Return the file of a plot after a check that it can be drawn and written.

    Parameters
    ----------
    plot : path or None
        The file.
    *sources : object
        What is read; those that are paths are files that the plot must not replace.

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
    check_target(Path(plot), *paths(*sources))
    return Path(plot)
