"""The engines there are: the one place where they meet.

An engine is its own folders and one line in `ENGINES`. Naming an engine imports nothing of the
others, and nothing of a role that is not asked for.
"""

import importlib
from typing import TYPE_CHECKING, Any

from zskip.model.common.config import EngineConfig
from zskip.model.common.engine import Engine
from zskip.model.common.errors import InputError

if TYPE_CHECKING:
    from zskip.files.layer_format import LayerFormat
    from zskip.hw.common.engine import Hardware
    from zskip.report.page import Page
    from zskip.verif.common.simulate import Block

ENGINES = {
    "eie": "zskip.{role}.eie.engine",
    "nm": "zskip.{role}.nm.engine",
    "bitlet": "zskip.{role}.bitlet.engine",
}
"""Module of each engine by name, with its role in it: ``model``, ``hw``, ``files`` or ``report``.

Each of these modules has one object `ENGINE`.
"""

DEFAULT = "eie"
"""The engine where none is named."""

COMPARED = "eie,nm,bitlet:int8,dense"
"""Engines, and configurations of one, that are set beside each other where none is named."""


def engine(name: str) -> Engine[Any, Any]:
    """Return the golden model of an engine.

    Parameters
    ----------
    name : str
        One of `ENGINES`.

    Returns
    -------
    Engine

    Raises
    ------
    InputError
        There is no engine of that name.
    """
    return _load(name, "model")


def engine_of(config: EngineConfig) -> Engine[Any, Any]:
    """Return the golden model of the engine that a configuration is for."""
    return engine(config.ENGINE)


def hardware(name: str) -> "Hardware[Any]":
    """Return the hardware of an engine; see `engine`."""
    return _load(name, "hw")


def block(name: str) -> "Block":
    """Return the block of an engine in a simulator; see `engine`."""
    from zskip.verif.common.simulate import Block

    return Block(engine=engine(name), hardware=hardware(name))


def layer_format(name: str) -> "LayerFormat[Any, Any]":
    """Return how an engine's layers are stored in files; see `engine`."""
    return _load(name, "files")


def page(name: str) -> "Page":
    """Return an engine's page of the HTML report; see `engine`."""
    return _load(name, "report")


def _load(name: str, role: str) -> Any:
    """Import the module of an engine in a role."""
    if name not in ENGINES:
        raise InputError(f"the engine must be one of {', '.join(ENGINES)}, not {name!r}")
    return importlib.import_module(ENGINES[name].format(role=role)).ENGINE
