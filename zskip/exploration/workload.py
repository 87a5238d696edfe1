"""Workloads of an exploration: what every configuration is measured on."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence
from dataclasses import astuple
from functools import lru_cache
from typing import Any, NamedTuple

from zskip.engines import engine_of
from zskip.files.inputs import Inputs
from zskip.files.network import to_bytes
from zskip.model.common.benchmark import BenchmarkLayer, Drawn, draw
from zskip.model.common.compress import compress
from zskip.model.common.config import EngineConfig
from zskip.model.common.fixed import IntArray
from zskip.model.common.network import Network
from zskip.model.common.pattern import Pattern
from zskip.model.common.reference import FloatLayer


class Placed(NamedTuple):
    """A workload encoded for a configuration.

    Parameters
    ----------
    network : Network
        The network; it need not fit.
    activations : ndarray of int64, shape (n, inputs)
        Its input vectors.
    """

    network: Network[Any, Any]
    activations: IntArray


class Workload(ABC):
    """What configurations are measured on; it can be sent to other processes.

    Parameters
    ----------
    name : str
        Its name, for people.
    digest : str
        SHA-256 of all that figures depend on.
    labels : ndarray of int64, shape (n,), or None
        The right class of each input vector, where it is known.
    """

    def __init__(self, name: str, digest: str, labels: IntArray | None) -> None:
        self.name = name
        self.digest = digest
        self.labels = labels

    @abstractmethod
    def placed(self, config: EngineConfig, keep: Collection[str]) -> Placed:
        """Return the network for a configuration.

        Parameters
        ----------
        config : EngineConfig
            The hardware.
        keep : collection of str
            Fields that stay as they are.

        Raises
        ------
        InputError
            The network cannot be held in the configuration's formats.
        """


class BenchmarkWorkload(Workload):
    """A benchmark layer, with one input vector.

    Parameters
    ----------
    layer : BenchmarkLayer
        The layer.
    seed : int
        Seed of its weights and inputs.
    """

    def __init__(self, layer: BenchmarkLayer, seed: int) -> None:
        # The layer follows from size, densities and seed.
        super().__init__(layer.name, _sha256(repr((astuple(layer), seed)).encode()), None)
        self.layer = layer
        self.seed = seed

    def placed(self, config: EngineConfig, keep: Collection[str]) -> Placed:
        """Draw the layer, and encode it for an array that cuts it into few passes."""
        engine = engine_of(config)
        bits = min(config.value_bits, config.activation_bits)
        drawn = _drawn(self.layer, self.seed, config.codebook_size, bits)
        roomy = engine.roomy(config, self.layer.outputs, keep)
        return Placed(engine.encode((drawn.layer,), roomy), drawn.activations)


class CompressedWorkload(Workload):
    """A compressed network and its inputs.

    Parameters
    ----------
    name : str
        Its name.
    network : Network
        The network, for any configuration of its engine.
    inputs : Inputs
        Input vectors, and perhaps labels.
    """

    def __init__(self, name: str, network: Network[Any, Any], inputs: Inputs) -> None:
        super().__init__(name, _sha256(to_bytes(network), *_input_bytes(inputs)), inputs.labels)
        self.network = network
        self.inputs = inputs

    def placed(self, config: EngineConfig, keep: Collection[str]) -> Placed:
        """Encode the network anew where the configuration asks for it."""
        activations = self.network.quantize_inputs(self.inputs.values)
        return Placed(engine_of(config).recode(self.network, config), activations)


class FloatWorkload(Workload):
    """Float weights, which are compressed for each configuration, and the inputs that do so.

    Parameters
    ----------
    name : str
        Its name.
    layers : sequence of FloatLayer
        The layers, from input to output.
    inputs : Inputs
        Input vectors, which choose the scales, and perhaps labels.
    input_scale : float
        Factor from the inputs to those of the training.
    """

    def __init__(
        self, name: str, layers: Sequence[FloatLayer], inputs: Inputs, input_scale: float
    ) -> None:
        parts = [
            part
            for layer in layers
            for part in (
                repr((layer.weights.shape, layer.relu)).encode(),
                layer.weights.tobytes(),
                layer.bias.tobytes(),
            )
        ]
        scale = repr(input_scale).encode()
        super().__init__(name, _sha256(*parts, scale, *_input_bytes(inputs)), inputs.labels)
        # A plain tuple: the notes of its source are for people, and stay here.
        self.layers = tuple(layers)
        self.inputs = inputs
        self.input_scale = input_scale

    def placed(self, config: EngineConfig, keep: Collection[str]) -> Placed:
        """Compress the network, pruned to the pattern of hardware that has one."""
        pattern = None if config.pattern is None else Pattern(*config.pattern)
        network = compress(
            engine_of(config),
            self.layers,
            config,
            calibration=self.inputs.values,
            pattern=pattern,
            input_scale=self.input_scale,
            must_fit=False,
        ).network
        return Placed(network, network.quantize_inputs(self.inputs.values))


@lru_cache(maxsize=2)
def _drawn(layer: BenchmarkLayer, seed: int, codebook_size: int, bits: int) -> Drawn:
    """Draw a layer; configurations that follow each other mostly take the same one."""
    return draw(layer, seed, codebook_size, bits)


def _input_bytes(inputs: Inputs) -> list[bytes]:
    """Return what inputs and labels are made of."""
    labels = b"" if inputs.labels is None else inputs.labels.tobytes()
    return [repr(inputs.values.shape).encode(), inputs.values.tobytes(), labels]


def _sha256(*parts: bytes) -> str:
    """Return the SHA-256 of some parts, each told from the next by its length."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little"))
        whole.update(part)
    return whole.hexdigest()
