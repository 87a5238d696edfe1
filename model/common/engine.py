"""The engine protocol: everything that the verbs and the network file use of an engine's model.

An engine is a kind of accelerator. Its golden model is an `Engine`; its hardware is a
`zskip.hw.common.engine.Hardware`. `zskip.engines` is the one place that lists engines.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import IntEnum
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.back_to_back import interval, load_cycles, send_cycles
from zskip.model.common.bitfields import Field
from zskip.model.common.config import ConfigT
from zskip.model.common.counters import Counters, Run, summed
from zskip.model.common.events import Events
from zskip.model.common.figure_table import FigureTable
from zskip.model.common.fit import MemoryFit
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.network import Network
from zskip.model.common.partial_sums import SumOrder
from zskip.model.common.precision import Precision
from zskip.model.common.preset import Preset
from zskip.model.common.program import Memory, Program
from zskip.model.common.stream import LANES, TargetFormat
from zskip.model.common.structure import Structure

NetworkT = TypeVar("NetworkT", bound=Network[Any, Any])

Advance = Callable[[int], None]
"""Takes the number of steps just done."""


class Work(NamedTuple):
    """Useful work of a layer for ``n`` input vectors.

    Parameters
    ----------
    macs : ndarray of int64, shape (n,)
        Multiplications of non-zero weights with non-zero activations.
    limit_cycles : ndarray of float64, shape (n,)
        Cycles that no hardware with as many multipliers can do with less than.
    """

    macs: IntArray
    limit_cycles: FloatArray


class LayerFigures(Protocol):
    """An engine's figures of a compressed layer; a dataclass."""

    @property
    def chip_bytes(self) -> int:
        """Bytes that the layer takes on chip."""
        ...

    def cells(self) -> dict[str, str]:
        """Return the engine's columns of a table, by heading."""
        ...


class Storage(Protocol):
    """Bytes of something in storage; a dataclass."""

    @property
    def total(self) -> int:
        """All bytes."""
        ...

    @property
    def ratio(self) -> float:
        """Bytes as dense float32 over `total`."""
        ...

    def parts(self) -> dict[str, int]:
        """Return the bytes by part, in the order in which they are told."""
        ...


class LayerStorage(Protocol):
    """Bytes of a layer or a network in storage, without and with Huffman coding."""

    @property
    def plain(self) -> Storage:
        """Without Huffman coding."""
        ...

    @property
    def huffman(self) -> Storage:
        """With Huffman coding."""
        ...


class NetworkStorage(Protocol):
    """Bytes of a network in storage."""

    @property
    def layers(self) -> Sequence[LayerStorage]:
        """One for each layer."""
        ...

    @property
    def total(self) -> LayerStorage:
        """All layers together."""
        ...


TILE_NAME = "TILE"
"""Name of the packet that ends a tile, among the memories that load packets write."""

TILE_MEANING = "the end of a tile"
"""What its data word holds."""


class TileFormat(NamedTuple):
    """The packet that ends a tile, where weights are streamed.

    Parameters
    ----------
    target : int
        Its code.
    word : tuple of Field
        Layout of its data word.
    """

    target: int
    word: tuple[Field, ...]


class StreamFormat(NamedTuple):
    """The words of an engine's streams, for drivers and documents.

    Parameters
    ----------
    targets : mapping of IntEnum to TargetFormat
        Memories that load packets write.
    program : mapping of str to tuple of Field
        Descriptor words of a pass by their titles.
    central, per_pe : sequence of str
        Counters in the order of a counters packet: of the control unit, and of each PE.
    meanings : mapping of str to str
        The things that each counter counts.
    tile : TileFormat, optional
        The end of a tile, of an engine that has streamed weights.
    """

    targets: Mapping[Any, TargetFormat]
    program: Mapping[str, tuple[Field, ...]]
    central: Sequence[str]
    per_pe: Sequence[str]
    meanings: Mapping[str, str]
    tile: TileFormat | None = None

    @property
    def target(self) -> type[IntEnum]:
        """The enumeration of the memories."""
        return type(next(iter(self.targets)))


class Published(NamedTuple):
    """Published cycles of a benchmark layer.

    Parameters
    ----------
    theoretical_cycles, actual_cycles : int
        Work divided by peak throughput, and measured.
    """

    theoretical_cycles: int
    actual_cycles: int


class Engine(ABC, Generic[ConfigT, NetworkT]):
    """The golden model of an engine, as far as other parts of the project use it.

    Attributes
    ----------
    name : str
        Name of the engine: lower case, a plain identifier.
    title : str
        Its hardware in a few words, for people.
    configs : mapping of str to EngineConfig
        Named configurations; the first is the default.
    shown : mapping of str to str
        Counters that reports show, and ``macs``, by name with their headings.
    losses : mapping of str to str
        Those of them that `bench` shows: cycles or slots without useful work.
    published : mapping of str to Published
        Published cycles of benchmark layers, by name.
    stream : StreamFormat
        The words of its streams.
    presets : mapping of str to Preset
        Ranges of configurations that `explore` offers, by name; most engines have none.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    configs: Mapping[str, ConfigT]
    shown: ClassVar[Mapping[str, str]]
    losses: ClassVar[Mapping[str, str]]
    published: ClassVar[Mapping[str, Published]]
    stream: ClassVar[StreamFormat]
    presets: ClassVar[Mapping[str, Preset]] = {}

    @property
    def default(self) -> ConfigT:
        """The configuration where none is named."""
        return next(iter(self.configs.values()))

    @property
    def benchmarked(self) -> ConfigT:
        """The configuration that holds the benchmark's layers, where none is named."""
        return self.default

    @abstractmethod
    def encode(
        self,
        layers: Sequence[FixedLayer],
        config: ConfigT,
        *,
        calibration: FloatArray | None = None,
        input_scale: float = 1.0,
    ) -> NetworkT:
        """Encode layers in fixed point for a configuration.

        Parameters
        ----------
        layers : sequence of FixedLayer
            From input to output, at least one; sizes and scales chain.
        config : EngineConfig
            The hardware.
        calibration : ndarray of float64, shape (n, inputs), optional
            Typical inputs as users give them.
        input_scale : float, optional
            Factor from the inputs that users give to the real inputs of the first layer.

        Returns
        -------
        Network
            It need not fit the configuration.

        Raises
        ------
        InputError
            The layers cannot be held in the configuration's formats.
        """

    def sum_order(self, inputs: int, config: ConfigT) -> SumOrder | None:
        """Return the order in which accumulators take the products of a layer's columns.

        None of an engine whose order is another one in every row; scales of its layers leave room
        for any order.

        Parameters
        ----------
        inputs : int
            Columns of the encoded layer.
        config : EngineConfig
            The hardware.

        Returns
        -------
        SumOrder or None
        """
        del inputs, config
        return None

    @abstractmethod
    def recode(self, network: NetworkT, config: ConfigT) -> NetworkT:
        """Encode a network for another configuration; it need not fit that.

        Raises
        ------
        InputError
            The network cannot be held in the configuration's formats.
        """

    @abstractmethod
    def fit(self, network: NetworkT) -> tuple[MemoryFit, ...]:
        """Return how much of each memory a network takes; it need not fit."""

    @abstractmethod
    def check_fit(self, network: NetworkT) -> None:
        """Check that a network fits its configuration.

        Raises
        ------
        InputError
            Names each limit, the network's needs, and the settings that would fit.
        """

    @abstractmethod
    def roomy(self, config: ConfigT, outputs: int, keep: Collection[str]) -> ConfigT:
        """Return a configuration that cuts long layers into few passes, however small it is.

        Parameters
        ----------
        config : EngineConfig
            The hardware.
        outputs : int
            Outputs of the longest layer.
        keep : collection of str
            Fields that stay as they are.
        """

    @abstractmethod
    def enlarged(self, network: NetworkT, keep: Collection[str]) -> ConfigT:
        """Return a network's configuration with every memory large enough for it.

        No field gets smaller, or larger than a configuration may have it.

        Parameters
        ----------
        network : Network
            A network that passes its `check`.
        keep : collection of str
            Fields that stay as they are.
        """

    @abstractmethod
    def figures(self, layer: Any, config: ConfigT) -> LayerFigures:
        """Return the engine's figures of an encoded layer."""

    @abstractmethod
    def storage(self, network: NetworkT) -> NetworkStorage:
        """Count the bytes of a network in storage."""

    @abstractmethod
    def run(
        self, network: NetworkT, activations: IntArray, *, on_progress: Advance | None = None
    ) -> Run:
        """Compute a network the way the hardware does.

        Parameters
        ----------
        network : Network
            A network that passes its `check` and fits its configuration.
        activations : ndarray of int64, shape (n, inputs)
            Activations of the configuration's width in the user's order.
        on_progress : callable, optional
            Called with the number of input vectors just finished.

        Returns
        -------
        Run

        Raises
        ------
        InputError
            The activations have the wrong shape or range, or the network does not fit.
        """

    @abstractmethod
    def timing(
        self, network: NetworkT, run: Run, *, on_progress: Advance | None = None
    ) -> tuple[tuple[Counters, ...], ...]:
        """Compute every counter of a run, equal to the RTL's to the cycle.

        Parameters
        ----------
        network : Network
            The network that ran.
        run : Run
            What `run` gave.
        on_progress : callable, optional
            Called with 1 for each input vector and layer done.

        Returns
        -------
        tuple of tuple of Counters
            For each layer those of its passes.
        """

    def intervals(self, network: NetworkT, cycles: IntArray) -> IntArray | None:
        """Return the cycles from the end of a run to that of the next, with inputs back to back.

        They are counted at the ports of the block, which is loaded without a pause and whose
        results are taken at once.

        Parameters
        ----------
        network : Network
            The network.
        cycles : ndarray of int64, shape (layers, n)
            Cycles of the layers, all passes together.

        Returns
        -------
        ndarray of int64, shape (n,), or None
            None where an input is loaded behind the run before it.
        """
        if not network.config.keeps_starts:
            return None
        last = self.plan(network).passes[-1]
        loading = load_cycles(network.layers[0].inputs * last.form.places)
        lanes = min(LANES, network.config.pe_count)
        sending = send_cycles(last.outputs * last.form.places, lanes)
        return np.maximum(interval(cycles, sending), loading)

    @abstractmethod
    def work(self, layer: Any, activations: IntArray, counters: Counters, config: ConfigT) -> Work:
        """Return the useful work of a layer.

        Parameters
        ----------
        layer : Layer
            The layer.
        activations : ndarray of int64, shape (n, inputs)
            Its inputs in the order of its columns.
        counters : Counters
            Its counters, of all passes together.
        config : EngineConfig
            The hardware.
        """

    @abstractmethod
    def events(
        self, layer: Any, activations: IntArray, counters: Counters, config: ConfigT
    ) -> Events:
        """Return what a layer did that takes energy.

        Every SRAM of the hardware is listed, with the accesses of the layer from its start to the
        end of its write-back; operations are those that take place, useful or not. What no counter
        tells may be left out where it is small, and the engine says so.

        Parameters
        ----------
        layer : Layer
            The layer.
        activations : ndarray of int64, shape (n, inputs)
            Its inputs in the order of its columns.
        counters : Counters
            Its counters, of all passes together.
        config : EngineConfig
            The hardware.

        Returns
        -------
        Events
            For each of the ``n`` input vectors, the whole array together.
        """

    @abstractmethod
    def activations_read(self, shape: tuple[int, int], config: ConfigT) -> int:
        """Count the activations that a layer reads from the memory of its inputs.

        Zeros that are read count, and what fills up words; an activation that is read once and
        sent to many multipliers counts once.

        Parameters
        ----------
        shape : tuple of int
            Outputs and inputs of the layer.
        config : EngineConfig
            The hardware.
        """

    @abstractmethod
    def weight_cycles(
        self,
        weights: NDArray[np.integer[Any]],
        activations: IntArray,
        config: ConfigT,
        *,
        precision: Precision | None = None,
        first: bool,
        last: bool,
        on_progress: Advance | None = None,
    ) -> IntArray:
        """Compute the cycles of a layer from its weights; it need not fit.

        Parameters
        ----------
        weights : ndarray of any integer dtype, shape (outputs, inputs)
            Weights, or words of floating-point ones. Most engines see in them only which are not
            zero.
        activations : ndarray of int64, shape (n, inputs)
            Its inputs.
        config : EngineConfig
            The hardware.
        precision : Precision, optional
            Numbers that the weights are, for engines that have the choice; without it the default.
        first, last : bool
            Whether the layer is the first and the last of its network.
        on_progress : callable, optional
            Called with 1 for each input vector done.

        Returns
        -------
        ndarray of int64, shape (n,)
        """

    @abstractmethod
    def plan(self, network: NetworkT, *, trace: bool = False) -> Program:
        """Place a network in the memories of its hardware.

        Parameters
        ----------
        network : Network
            A network that passes its `check`.
        trace : bool
            Let every layer send out its outputs and every pass its counters, not only the last
            layer its outputs.

        Raises
        ------
        InputError
            The network does not fit.
        """

    @abstractmethod
    def input_words(self, network: NetworkT, activations: IntArray) -> NDArray[np.uint64]:
        """Return the words that load an input vector.

        Parameters
        ----------
        network : Network
            The network, whose `form` says how activations stand in a stream.
        activations : ndarray of int64, shape (layers[0].inputs,)
            In the order of the first layer.
        """

    @abstractmethod
    def memories(self, config: ConfigT) -> Sequence[Memory]:
        """Return the memories that a program fills."""

    @abstractmethod
    def structure(self, config: ConfigT) -> Structure:
        """Return the memories of an array, and the sizes that its logic grows with."""

    @abstractmethod
    def pass_words(self, config: ConfigT) -> int:
        """Return the program words of a pass."""

    @abstractmethod
    def describe_program(self, config: ConfigT) -> str:
        """Return one sentence or more on how a pass stands in the program memory."""

    def tables(self, seed: int, scale: float = 1.0) -> Sequence[FigureTable]:
        """Measure what the engine shows of itself beside layers; nothing for most engines.

        Parameters
        ----------
        seed : int
            Seed of what is drawn.
        scale : float, optional
            Factor on what is measured, for a quick look.
        """
        del seed, scale
        return ()

    def layer_counters(self, network: NetworkT, activations: IntArray) -> Counters:
        """Compute the counters of a network of one layer that `work` and `events` read.

        An engine overrides this where they can be had without a run, and of networks that do not
        fit.

        Parameters
        ----------
        network : Network
            A network of one layer that passes its `check`.
        activations : ndarray of int64, shape (n, inputs)
            Its inputs in the user's order.

        Returns
        -------
        Counters
            Of all passes together.

        Raises
        ------
        InputError
            The network does not fit, and the engine has no figures of such.
        """
        return summed(self.timing(network, self.run(network, activations))[0])

    def explored(
        self, network: NetworkT, sources: Sequence[IntArray], counters: Counters
    ) -> dict[str, int | float]:
        """Return the engine's own columns of a network in `explore`; none for most engines.

        Parameters
        ----------
        network : Network
            The network.
        sources : sequence of ndarray of int64, shape (n, inputs)
            Inputs of each layer in the order of its columns.
        counters : Counters
            Counters of all layers together.
        """
        del network, sources, counters
        return {}
