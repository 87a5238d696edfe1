"""How an engine's layers stand in a compressed network file."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.config import ConfigT
from zskip.model.common.floats import FloatFormat
from zskip.model.common.network import Layer
from zskip.model.common.scale import LayerScale

Arrays = dict[str, NDArray[np.generic]]
"""Arrays of a layer by name."""

Read = Callable[[str], NDArray[np.generic]]
"""Reads an array of a layer by name."""


class ArrayKind(NamedTuple):
    """Shape and type of an array.

    Parameters
    ----------
    shape : tuple of int or None
        Its shape; None where `LayerFormat.check_coded` checks it.
    types : tuple of dtype
        Types that it may have.
    """

    shape: tuple[int, ...] | None
    types: tuple[np.dtype[np.generic], ...]


@dataclass(frozen=True, kw_only=True)
class LayerManifest:
    """A layer as the manifest of a file describes it.

    Parameters
    ----------
    name : str
        The layer's name in its source.
    outputs, inputs : int
        Size of the matrix.
    source_outputs, source_inputs : int
        Size of the layer in its source, at least as large.
    own : mapping of str to int or str
        The engine's own entries, `LayerFormat.fields`.
    relu : bool
        Whether negative outputs become 0.
    scale : LayerScale
        Scales.
    """

    name: str
    outputs: int
    inputs: int
    source_outputs: int
    source_inputs: int
    own: Mapping[str, Any]
    relu: bool
    scale: LayerScale


LayerT = TypeVar("LayerT", bound=Layer[Any])


class LayerFormat(ABC, Generic[ConfigT, LayerT]):
    """Arrays and numbers of an engine's layers in a file, plain or Huffman coded.

    Biases, order, sizes and scales are stored for every engine; a format adds the encoded weights.

    Attributes
    ----------
    layer : type
        The engine's layers.
    fields : mapping of str to type
        The engine's own entries in a layer's manifest, by name.
    """

    layer: type[LayerT]
    fields: ClassVar[Mapping[str, type[int] | type[str]]]

    @abstractmethod
    def describe(self, layer: LayerT) -> dict[str, int | str]:
        """Return the engine's own entries of a layer, by the names in `fields`."""

    def number(self, layer: LayerManifest) -> FloatFormat | None:
        """Return the floating-point format of a layer, after `check`; None in fixed point."""
        return None

    @abstractmethod
    def check(self, layer: LayerManifest, config: ConfigT) -> None:
        """Check the sizes of a layer before memory is taken for it.

        Raises
        ------
        InputError
            One of them is beyond the limits of the configuration.
        """

    @abstractmethod
    def arrays(self, layer: LayerT, config: ConfigT, *, huffman: bool) -> Arrays:
        """Return the arrays of a layer's weights."""

    @abstractmethod
    def kinds(
        self, layer: LayerManifest, config: ConfigT, names: Collection[str], *, huffman: bool
    ) -> dict[str, ArrayKind]:
        """Return the arrays that a layer must have.

        Parameters
        ----------
        layer : LayerManifest
            The layer.
        config : EngineConfig
            The configuration.
        names : collection of str
            Arrays that the file has for the layer.
        huffman : bool
            Whether they are Huffman coded.
        """

    @abstractmethod
    def check_coded(
        self, layer: LayerManifest, config: ConfigT, shapes: Mapping[str, tuple[int, ...]]
    ) -> int:
        """Check the shapes of Huffman coded arrays; return the number of their symbols.

        Raises
        ------
        InputError
            An array cannot hold as many symbols as the layer has.
        """

    @abstractmethod
    def read(
        self,
        layer: LayerManifest,
        config: ConfigT,
        names: Collection[str],
        read: Read,
        *,
        huffman: bool,
    ) -> dict[str, Any]:
        """Read the weights of a layer.

        Returns
        -------
        dict of str to object
            The arguments that the engine's layer has beside those of every layer.

        Raises
        ------
        InputError
            The arrays are damaged.
        """
