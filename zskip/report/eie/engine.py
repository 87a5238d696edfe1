"""The page of the report for EIE."""

from collections.abc import Sequence
from pathlib import Path

from zskip.model.common.reference import FloatLayer
from zskip.model.eie.network import Network
from zskip.report.eie.numbers import Numbers, gather
from zskip.report.eie.plots import Plots, draw
from zskip.report.page import TEMPLATES, Page


class EiePage(Page):
    """The page with padding, balance, codebooks, and the smallest array."""

    template = "eie.html.j2"
    folders = (TEMPLATES, Path(__file__).resolve().parent / "templates")

    def numbers(self, network: Network, float_layers: Sequence[FloatLayer]) -> Numbers:
        """Count entries, padding, codebook uses and the smallest array."""
        return gather(network, float_layers)

    def plots(self, numbers: Numbers) -> Plots:
        """Draw padding and balance, the load of each PE, and codebooks."""
        return draw(numbers)


ENGINE = EiePage()
