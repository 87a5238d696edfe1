"""Networks and files that users give to the verbs."""

from os import PathLike
from pathlib import Path
from typing import Any

from zskip.engines import engine as find_engine
from zskip.engines import engine_of
from zskip.files.network import engine_named, load
from zskip.flow.compressed import Compressed
from zskip.model.common.energy import EnergyTable, published, read_energies
from zskip.model.common.errors import InputError
from zskip.model.common.network import Network

AnyPath = str | PathLike[str]

AnyNetwork = AnyPath | Network[Any, Any] | Compressed
"""A compressed network file, the network, or the result of `zskip.compress`."""


def paths(*values: object) -> list[Path]:
    """Return those of some values that name files."""
    return [Path(value) for value in values if isinstance(value, str | PathLike)]


def given_network(network: AnyNetwork, engine: str | None = None) -> Network[Any, Any]:
    """Return a compressed network after a check of every invariant of it.

    Parameters
    ----------
    network : path, Network or Compressed
        The network, or its file.
    engine : str, optional
        The engine that it must be for; any without it.

    Returns
    -------
    Network

    Raises
    ------
    InputError
        There is no such engine, the network is for another one, or it is none.
    """
    if engine is not None:
        find_engine(engine)
    if isinstance(network, str | PathLike):
        return load(Path(network), engine)
    given = network.network if isinstance(network, Compressed) else network
    if not isinstance(given, Network):
        raise InputError(
            "a compressed network must be a path, a Network or the result of zskip.compress, not "
            f"{type(given).__name__}: compress the weights first"
        )
    if engine not in (None, given.config.ENGINE):
        raise InputError(
            f"the network must be for the engine {engine}, but is for {given.config.ENGINE}: "
            "leave the engine out, or compress the network for that engine"
        )
    given.check()
    engine_of(given.config).check_fit(given)
    return given


def engine_for(engine: str | None, network: object) -> str | None:
    """Return the engine whose configurations go with a network: one that was named comes first.

    Parameters
    ----------
    engine : str or None
        The engine that the user named.
    network : object
        A compressed network or its file, or anything else.

    Returns
    -------
    str or None
        None where neither tells one.
    """
    if engine is not None:
        return engine
    if isinstance(network, str | PathLike):
        return engine_named(Path(network))
    given = network.network if isinstance(network, Compressed) else network
    return given.config.ENGINE if isinstance(given, Network) else None


def given_energies(energies: AnyPath | None) -> EnergyTable:
    """Return the energies of a file, or the published ones.

    Parameters
    ----------
    energies : path or None
        The file (`zskip.model.common.energy.read_energies`).

    Returns
    -------
    EnergyTable

    Raises
    ------
    InputError
        The file cannot be used.
    """
    return published() if energies is None else read_energies(Path(energies))
