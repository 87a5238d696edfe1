"""Sources of an exploration: what is measured, and the configurations that it starts from."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from pathlib import Path

from zskip.engines import DEFAULT
from zskip.engines import engine as find_engine
from zskip.exploration.workload import (
    BenchmarkWorkload,
    CompressedWorkload,
    FloatWorkload,
    Workload,
)
from zskip.files.formats.activations import Activations
from zskip.files.inputs import AnyInputs, read_inputs
from zskip.files.weights import AnyWeights, read_weights
from zskip.flow.bench_networks import is_compressed
from zskip.flow.choices import AnyConfig, given_config
from zskip.flow.given import AnyNetwork, given_network
from zskip.model.common.benchmark import chosen_layers
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError

Base = Callable[[str | None, str | None], EngineConfig]
"""Gives the configuration that a name of an engine and one of a configuration stand for."""


def given_workloads(
    layers: Sequence[str],
    weights: AnyWeights | AnyNetwork | None,
    inputs: AnyInputs | None,
    labels: AnyInputs | None,
    count: int | None,
    input_scale: float,
    activations: Activations | None,
    seed: int,
    scale: float,
) -> tuple[list[Workload], Base, tuple[str, ...]]:
    """Return what is measured, where configurations start from, and what to know.

    Parameters
    ----------
    layers, weights, inputs, labels, count, input_scale, activations, seed, scale
        As for `zskip.explore`.

    Returns
    -------
    workloads : list of Workload
        At least one.
    base : callable
        Gives the configuration to start from.
    notes : tuple of str
        What was assumed in reading the network, a line each.

    Raises
    ------
    InputError
        A file or value cannot be used, or something is given that means nothing here.
    """
    scaling = None if input_scale == 1.0 else input_scale
    own = {"input-scale": scaling, "activations": activations}
    if weights is None:
        refuse({"inputs": inputs, "labels": labels, "count": count, **own}, "with a network only")
        drawn = chosen_layers(layers, scale)
        benchmarked = [BenchmarkWorkload(layer, seed) for layer in drawn]
        return [*benchmarked], _starting(lambda name: find_engine(name or DEFAULT).benchmarked), ()
    refuse({"layer": layers or None}, "without a network only, as it names the paper's")
    if inputs is None:
        raise InputError("--inputs must be given with a network: add a file of typical inputs")
    given = read_inputs(inputs, count=count, labels=labels)
    name = Path(weights).stem if isinstance(weights, str | PathLike) else "network"
    if is_compressed(weights):
        refuse(own, "with float weights only, as a compressed network has its own")
        network = given_network(weights)

        def unchanged(named: str | None) -> EngineConfig:
            if named not in (None, network.config.ENGINE):
                raise InputError(
                    f"the engine must be {network.config.ENGINE}, which the network is compressed "
                    f"for, not {named}: give the float weights"
                )
            return network.config

        return [CompressedWorkload(name, network, given)], _starting(unchanged), ()
    floats = read_weights(weights, activations)
    loaded = FloatWorkload(name, floats, given, input_scale)
    return [loaded], _starting(lambda named: find_engine(named or DEFAULT).default), floats.notes


def _starting(default: Callable[[str | None], EngineConfig]) -> Base:
    """Return how configurations are found where one of an engine need not be named."""

    def base(engine: str | None, config: str | None) -> EngineConfig:
        start = default(engine)
        named = given_config(config, start.ENGINE)
        return start if named is None else named

    return base


def given_bases(
    engine: str | Sequence[str], config: AnyConfig | Sequence[AnyConfig], base: Base
) -> list[EngineConfig]:
    """Return the configurations to start from.

    Parameters
    ----------
    engine, config
        As for `zskip.explore`.
    base : callable
        Gives the configuration of an engine where none is named.

    Returns
    -------
    list of EngineConfig
        At least one.

    Raises
    ------
    InputError
        There is no such engine or configuration.
    """
    engines = [engine] if isinstance(engine, str) else list(engine)
    configs = [config] if isinstance(config, str | EngineConfig) else list(config)
    for name in engines:
        find_engine(name)
    if not configs:
        return [base(name, None) for name in dict.fromkeys(engines)] or [base(None, None)]
    return [one if isinstance(one, EngineConfig) else _named(one, engines, base) for one in configs]


def _named(name: str, engines: Sequence[str], base: Base) -> EngineConfig:
    """Return a configuration by its name, of the one of some engines that has it."""
    having = [one for one in engines if name in find_engine(one).configs]
    return base(having[0] if having else next(iter(engines), None), name)


def refuse(options: Mapping[str, object], where: str) -> None:
    """Refuse options that were given where they mean nothing.

    Parameters
    ----------
    options : mapping of str to object
        Options by name; None for one that was not given.
    where : str
        Where they mean something.

    Raises
    ------
    InputError
        Names the first that was given.
    """
    for name, value in options.items():
        if value is not None:
            raise InputError(f"--{name} must be given {where}: leave one out")
