"""An engine's part of the HTML report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from zskip.model.common.reference import FloatLayer

TEMPLATES = Path(__file__).resolve().parent / "templates"
"""Folder of the template that every engine has."""


class Page:
    """The report's page without any addition; an engine's own page adds numbers and figures.

    Attributes
    ----------
    template : str
        Name of the page's template; one that extends ``report.html.j2`` fills its blocks.
    folders : tuple of pathlib.Path
        Folders in which templates are looked for.
    """

    template = "report.html.j2"
    folders: tuple[Path, ...] = (TEMPLATES,)

    def numbers(self, network: Any, float_layers: Sequence[FloatLayer]) -> Any:
        """Return the engine's own numbers of a network, `own` in the template."""
        return None

    def plots(self, numbers: Any) -> Any:
        """Return the engine's own figures, `own_plots` in the template."""
        return None
