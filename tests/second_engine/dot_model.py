"""Golden model of a minimal engine: one multiplier that goes through a dense matrix.

A row takes one word for its bias and one for each weight, one a cycle.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from zskip.model.common import network, reference
from zskip.model.common.bitfields import Field, pack
from zskip.model.common.config import EngineConfig
from zskip.model.common.counters import Counters, LayerRun, Run
from zskip.model.common.dense import dense_layers
from zskip.model.common.engine import Advance, Engine, StreamFormat, Work
from zskip.model.common.errors import InputError
from zskip.model.common.events import MULTIPLY, Accesses, Events, Operations
from zskip.model.common.fit import MemoryFit
from zskip.model.common.fixed import FloatArray, IntArray
from zskip.model.common.fixed_layer import FixedLayer
from zskip.model.common.precision import Precision
from zskip.model.common.program import Memory, OnChip
from zskip.model.common.stream import (
    FIXED,
    ActivationFormat,
    TargetFormat,
    load_packet,
    pack_activations,
)
from zskip.model.common.structure import Sram, Structure

ROW_CYCLES = 5
"""Cycles of a row beside one for each weight."""

PASS_CYCLES = 3
"""Cycles of a pass beside its rows."""

WORD = (
    Field("outputs", 0, 16, "rows"),
    Field("inputs", 16, 16, "columns"),
    Field("shift", 32, 6, "bits that write-back drops"),
    Field("relu", 38, 1, "negative outputs become 0"),
    Field("emit_outputs", 39, 1, "the pass sends its outputs"),
    Field("emit_counters", 40, 1, "the pass sends its counters"),
    Field("last", 41, 1, "the run ends with this pass"),
)


class Target(IntEnum):
    """Memories."""

    WEIGHTS = 0
    ACTIVATIONS = 1
    PROGRAM = 2


@dataclass(frozen=True, kw_only=True)
class Config(EngineConfig):
    """One multiplier.

    Parameters
    ----------
    pe_count : int
        Always 1.
    weight_depth : int
        Words of biases and weights.
    vector_depth : int
        Activations in each half of their memory.
    pass_count : int
        Layers at most.
    """

    ENGINE: ClassVar[str] = "dot"
    RANGES: ClassVar[Mapping[str, tuple[int, int]]] = {
        "pe_count": (1, 1),
        "weight_depth": (1, 1 << 20),
        "vector_depth": (4, 1 << 12),
        "pass_count": (1, 16),
        "acc_bits": (32, 32),
    }

    pe_count: int = 1
    weight_depth: int = 1024
    vector_depth: int = 64
    pass_count: int = 4
    acc_bits: int = 32

    @property
    def codebook_size(self) -> int:
        """Values of a weight."""
        return 256

    @property
    def multipliers(self) -> int:
        """One."""
        return 1

    def with_weight_bits(self, weight_bits: int, **changes: int) -> "Config":
        """Refuse: all weights have 16 bits."""
        raise InputError(f"weights of this engine must have 16 bits, not {weight_bits}")


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer(network.Layer[Config]):
    """A dense layer.

    Parameters
    ----------
    values : ndarray of int64, shape (outputs, inputs)
        Weights.
    """

    values: IntArray

    @property
    def shape(self) -> tuple[int, int]:
        """Outputs and inputs."""
        return self.values.shape[0], self.values.shape[1]

    @property
    def nonzeros(self) -> int:
        """Weights that are not zero."""
        return int(np.count_nonzero(self.values))

    def weight_blocks(self) -> Iterator[tuple[slice, IntArray]]:
        """Yield all rows."""
        yield slice(None), self.values

    def check_weights(self, config: Config) -> None:
        """Accept any weights."""


Network = network.Network[Config, Layer]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Bytes of a layer.

    Parameters
    ----------
    words : int
        Words of biases and weights.
    """

    words: int

    @property
    def chip_bytes(self) -> int:
        """Bytes on chip."""
        return 4 * self.words

    def cells(self) -> dict[str, str]:
        """Return one column."""
        return {"words": f"{self.words:,}"}


@dataclass(frozen=True, kw_only=True)
class Storage:
    """Bytes in storage, and the parts of a report, which are the same here.

    Parameters
    ----------
    total, dense : int
        Stored, and as dense float32.
    """

    total: int
    dense: int

    @property
    def ratio(self) -> float:
        """How many times smaller."""
        return self.dense / self.total

    def parts(self) -> dict[str, int]:
        """Return one part."""
        return {"weights": self.total}

    @property
    def plain(self) -> "Storage":
        """Itself."""
        return self

    @property
    def huffman(self) -> "Storage":
        """Itself: nothing is coded."""
        return self


@dataclass(frozen=True, kw_only=True)
class NetworkStorage:
    """Bytes of all layers.

    Parameters
    ----------
    layers : list of Storage
        Of each layer.
    total : Storage
        Of all.
    """

    layers: list[Storage]
    total: Storage


@dataclass(frozen=True, kw_only=True)
class Pass:
    """A layer.

    Parameters
    ----------
    outputs, inputs, shift : int
        Sizes, and bits that write-back drops.
    relu, emit_outputs, emit_counters, last : bool
        Flags of the descriptor.
    """

    outputs: int
    inputs: int
    shift: int
    relu: bool
    emit_outputs: bool
    emit_counters: bool
    last: bool
    swap: bool = True
    form: ActivationFormat = FIXED

    def words(self) -> list[int]:
        """Return the program words."""
        names = [field.name for field in WORD]
        return [pack(WORD, **{name: int(getattr(self, name)) for name in names}), 0]


@dataclass(frozen=True, eq=False, kw_only=True)
class Program(OnChip):
    """Contents of the memories.

    Parameters
    ----------
    passes : list of Pass
        The layers.
    weights : ndarray of int64
        Bias and weights of every row.
    """

    passes: list[Pass]
    weights: IntArray
    pe_count: int = 1

    @property
    def cycle_limits(self) -> list[int]:
        """Twice the cycles."""
        return [2 * cycles((entry.outputs, entry.inputs)) for entry in self.passes]

    def contents(self, memory: str, pe: int = 0) -> NDArray[np.generic]:
        """Return the words of a memory."""
        words = [word for entry in self.passes for word in entry.words()]
        return self.weights if memory == "weights" else np.array(words, dtype=np.uint64)

    def load_stream(self) -> NDArray[np.uint64]:
        """Return a packet for each memory."""
        weights = self.weights.view(np.uint64) & np.uint64(0xFFFFFFFF)
        program = self.contents("program").astype(np.uint64)
        return np.concatenate(
            [load_packet(Target.WEIGHTS, weights), load_packet(Target.PROGRAM, program)]
        )


def cycles(shape: tuple[int, int]) -> int:
    """Return the cycles of a layer."""
    return shape[0] * (shape[1] + ROW_CYCLES) + PASS_CYCLES


class Dot(Engine[Config, Network]):
    """One multiplier, one weight a cycle, zero or not."""

    name = "dot"
    title = "dot product"
    configs: Mapping[str, Config] = {"small": Config(), "large": Config(weight_depth=1 << 16)}
    shown: ClassVar[Mapping[str, str]] = {"macs": "MACs"}
    losses: ClassVar[Mapping[str, str]] = {}
    published: ClassVar = {}
    stream = StreamFormat(
        targets={
            Target.WEIGHTS: TargetFormat("a bias or a weight", "words", False),
            Target.ACTIVATIONS: TargetFormat("four activations", "groups of four", False),
            Target.PROGRAM: TargetFormat("a word of a pass", "words", False),
        },
        program={"First word": WORD},
        central=("cycles", "products"),
        per_pe=("saturations", "overflows"),
        meanings={
            "cycles": "cycles of the pass",
            "products": "weights gone through",
            "saturations": "outputs clipped",
            "overflows": "additions that wrapped around",
        },
    )

    def encode(
        self,
        layers: Sequence[FixedLayer],
        config: Config,
        *,
        calibration: FloatArray | None = None,
        input_scale: float = 1.0,
    ) -> Network:
        """Take the weights as they are."""
        dense = [
            Layer(
                name=layer.name,
                values=layer.weights,
                bias=layer.bias,
                relu=layer.relu,
                scale=layer.scale,
            )
            for layer in layers
        ]
        return Network(config=config, layers=tuple(dense), input_scale=input_scale)

    def recode(self, network: Network, config: Config) -> Network:
        """Change the depths."""
        return replace(network, config=config)

    def _needed(self, network: Network) -> dict[str, int]:
        """Return the smallest value of each field."""
        shapes = [layer.shape for layer in network.layers]
        return {
            "weight_depth": sum(rows * (1 + columns) for rows, columns in shapes),
            "vector_depth": -(-max(max(shape) for shape in shapes) // 4) * 4,
            "pass_count": len(shapes),
        }

    def fit(self, network: Network) -> tuple[MemoryFit, ...]:
        """Hold each need against its field."""
        return tuple(
            MemoryFit(
                field=name,
                holds=name.replace("_", " "),
                needed=needed,
                available=getattr(network.config, name),
                needed_bytes=4 * needed,
                available_bytes=4 * getattr(network.config, name),
            )
            for name, needed in self._needed(network).items()
        )

    def check_fit(self, network: Network) -> None:
        """Refuse what exceeds a field."""
        for fit in self.fit(network):
            if fit.share > 1:
                raise InputError(f"{fit.field} must be at least {fit.needed}, not {fit.available}")

    def roomy(self, config: Config, outputs: int, keep: Collection[str]) -> Config:
        """Change nothing: a layer is always one pass."""
        return config

    def enlarged(self, network: Network, keep: Collection[str]) -> Config:
        """Enlarge what is too small."""
        needed = self._needed(network).items()
        larger = {k: v for k, v in needed if k not in keep and v > getattr(network.config, k)}
        return network.config.replace(**larger)

    def figures(self, layer: Layer, config: Config) -> Figures:
        """Count words."""
        return Figures(words=layer.outputs * (1 + layer.inputs))

    def storage(self, network: Network) -> NetworkStorage:
        """Count four bytes for each weight and bias."""
        layers = [
            Storage(total=layer.dense_bytes, dense=layer.dense_bytes) for layer in network.layers
        ]
        total = sum(layer.total for layer in layers)
        return NetworkStorage(layers=layers, total=Storage(total=total, dense=total))

    def run(
        self, network: Network, activations: IntArray, *, on_progress: Advance | None = None
    ) -> Run:
        """Compute the dense reference."""
        results = reference.network(dense_layers(network), activations, network.config.acc_bits)
        count = len(activations)
        if on_progress is not None:
            on_progress(count)
        zero = np.zeros((count, 1), dtype=np.int64)
        layers = tuple(
            LayerRun(
                outputs=result.y,
                passes=(
                    Counters(
                        central={"products": np.full(count, layer.values.size)},
                        per_pe={
                            "saturations": result.saturated.sum(1, keepdims=True),
                            "overflows": zero,
                        },
                    ),
                ),
            )
            for layer, result in zip(network.layers, results, strict=True)
        )
        return Run(inputs=activations, layers=layers, outputs=results[-1].y)

    def timing(
        self, network: Network, run: Run, *, on_progress: Advance | None = None
    ) -> tuple[tuple[Counters, ...], ...]:
        """Add the cycles, which depend on nothing but the sizes."""
        count = len(run.inputs)
        return tuple(
            (done.passes[0] | Counters(central={"cycles": np.full(count, cycles(layer.shape))}),)
            for layer, done in zip(network.layers, run.layers, strict=True)
        )

    def work(self, layer: Layer, activations: IntArray, counters: Counters, config: Config) -> Work:
        """Call every product useful."""
        return Work(counters["products"], counters["products"].astype(np.float64))

    def events(
        self, layer: Layer, activations: IntArray, counters: Counters, config: Config
    ) -> Events:
        """Read a word for each product."""
        products = counters["products"]
        rows = np.full_like(products, layer.outputs)
        return Events(
            cycles=counters["cycles"],
            memories=(
                Accesses("weights", config.weight_depth, 32, 1, products + rows, rows * 0),
                Accesses("activations", config.vector_depth, 32, 1, products, rows),
            ),
            operations=(Operations(MULTIPLY, 16, products),),
            register_bits=500,
        )

    def activations_read(self, shape: tuple[int, int], config: Config) -> int:
        """Count all inputs for every output."""
        return shape[0] * shape[1]

    def weight_cycles(
        self,
        weights: NDArray[np.integer[Any]],
        activations: IntArray,
        config: Config,
        *,
        precision: Precision | None = None,
        first: bool,
        last: bool,
        on_progress: Advance | None = None,
    ) -> IntArray:
        """Take the cycles from the sizes."""
        return np.full(len(activations), cycles((weights.shape[0], weights.shape[1])))

    def plan(self, network: Network, *, trace: bool = False) -> Program:
        """Place layer behind layer."""
        self.check_fit(network)
        last = len(network.layers) - 1
        passes = [
            Pass(
                outputs=layer.outputs,
                inputs=layer.inputs,
                shift=layer.scale.shift,
                relu=layer.relu,
                emit_outputs=trace or index == last,
                emit_counters=trace,
                last=index == last,
            )
            for index, layer in enumerate(network.layers)
        ]
        rows = [np.column_stack((layer.bias, layer.values)).ravel() for layer in network.layers]
        return Program(passes=passes, weights=np.concatenate(rows))

    def input_words(self, network: Network, activations: IntArray) -> NDArray[np.uint64]:
        """Return one packet."""
        return load_packet(Target.ACTIVATIONS, pack_activations(activations))

    def memories(self, config: Config) -> list[Memory]:
        """Return weights and program."""
        return [
            Memory("weights", 32, config.weight_depth, False),
            Memory("program", 64, 2 * config.pass_count, False),
        ]

    def structure(self, config: Config) -> Structure:
        """Return its memories and its multiplier."""
        memories = self.memories(config)
        return Structure(
            srams=tuple(Sram(one.depth, one.bits, 1) for one in memories),
            files=(),
            multipliers=1,
            multiplier_bits=16 * 16,
            multiplier_registers=0,
            sizes={"array": 1.0},
        )

    def pass_words(self, config: Config) -> int:
        """Return two: a descriptor and an empty word."""
        return 2

    def describe_program(self, config: Config) -> str:
        """Tell how a pass stands in the program memory."""
        return "A pass is a layer: a word that describes it, and an empty one."


ENGINE = Dot()
