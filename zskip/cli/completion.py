"""Words that a shell completes: engines, configurations, fields, layers."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import click

from zskip.engines import DEFAULT, ENGINES, engine
from zskip.model.common.benchmark import NAMES
from zskip.model.common.errors import InputError
from zskip.synth.formulas.parts import PARTS


def engines(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the engines that begin with a word."""
    return _beginning(ENGINES, incomplete)


def configurations(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the configurations of the engine that begin with a word."""
    return _beginning(engine(_engine(ctx)).configs, incomplete)


def settings(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the fields of a configuration of the engine, with ``=`` behind them."""
    names = (field.name for field in fields(engine(_engine(ctx)).default))
    return _beginning((f"{name}=" for name in names), incomplete)


def benchmark_layers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the benchmark layers that begin with a word."""
    return _beginning(NAMES, incomplete)


def parts(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the parts of FPGAs that begin with a word."""
    return _beginning(PARTS, incomplete)


def layers(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the layers of the file of weights that the line names, with ``=`` behind them."""
    # click leaves arguments in `args` where the option in front of the word has no value yet.
    path = ctx.params.get("weights") or next(iter(ctx.args), None)
    if path is None:
        return []
    # Imported here, as it takes NumPy.
    from zskip.files.weights import read_weights

    try:
        names = [layer.name for layer in read_weights(Path(path))]
    except (InputError, OSError):
        # A line that is still being typed is not the place to say what is wrong with a file.
        return []
    return _beginning((f"{name}=" for name in names if name), incomplete)


def _engine(ctx: click.Context) -> str:
    """Return the engine that the line names, if it is one."""
    named = ctx.params.get("engine_name"), *(ctx.params.get("engines") or ())
    return next((name for name in named if name in ENGINES), DEFAULT)


def _beginning(words: Iterable[str], start: str) -> list[str]:
    """Return the words that begin as typed, in any case of letters."""
    return [word for word in words if word.lower().startswith(start.lower())]
