"""Figures of an encoded layer that only this engine has."""

from dataclasses import dataclass

from zskip.model.eie.config import Config
from zskip.model.eie.figures.footprint import Footprint, footprint
from zskip.model.eie.network import Layer


@dataclass(frozen=True, kw_only=True)
class LayerFigures:
    """Entries and bytes of an encoded layer.

    Parameters
    ----------
    entries, padding : int
        Stored entries of all PEs, padding included, and those of them that are padding.
    chip : Footprint
        Bytes on chip.
    """

    entries: int
    padding: int
    chip: Footprint

    @property
    def chip_bytes(self) -> int:
        """Bytes that the layer takes on chip."""
        return self.chip.total

    def cells(self) -> dict[str, str]:
        """Return the columns of a table, by heading."""
        share = self.padding / max(self.entries, 1)
        return {"entries": f"{self.entries:,}", "padding": f"{share:.1%}"}


def layer_figures(layer: Layer, config: Config) -> LayerFigures:
    """Count the entries and bytes of a layer.

    Parameters
    ----------
    layer : Layer
        A layer that passes its `check`.
    config : Config
        The array.

    Returns
    -------
    LayerFigures
    """
    return LayerFigures(
        entries=layer.matrix.codes.size,
        padding=layer.matrix.padding,
        chip=footprint(layer, config),
    )
