"""Options that several verbs share."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from zskip.cli import completion
from zskip.engines import DEFAULT, ENGINES, engine
from zskip.flow.choices import config
from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError

Command = TypeVar("Command", bound=Callable[..., None])


engine_option = click.option(
    "--engine",
    "engine_name",
    metavar="NAME",
    shell_complete=completion.engines,
    help=f"Kind of accelerator: {', '.join(ENGINES)}; that of a network file, or {DEFAULT}, if "
    "none is named.",
)
"""Option that chooses the engine."""


activations_option = click.option(
    "--activations",
    multiple=True,
    metavar="A,A,...|NAME=A",
    shell_complete=completion.layers,
    help="Activations (relu, none) of a file that tells none, of every layer or of some.",
)
"""Option that gives the activations of layers."""


energies_option = click.option(
    "--energies",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Energies of operations and SRAMs, TOML; published ones of 45nm without it.",
)
"""Option that gives a table of energies."""


def configuration_options(command: Command) -> Command:
    """Add the options that choose an engine and its configuration."""
    options = (
        engine_option,
        click.option(
            "--config",
            "config_name",
            metavar="NAME",
            shell_complete=completion.configurations,
            help="Configuration to start from: "
            + "; ".join(f"{', '.join(engine(name).configs)} of {name}" for name in ENGINES)
            + ". The first if none is named.",
        ),
        click.option("--pes", type=int, metavar="N", help="Processing elements: sets pe_count."),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="FIELD=VALUE",
            shell_complete=completion.settings,
            help="Change a field of the configuration. May be repeated.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def chosen_config(
    engine_name: str | None,
    config_name: str | None,
    pes: int | None,
    settings: Sequence[str],
    weight_bits: int | None = None,
) -> EngineConfig | None:
    """Return the configuration that the options choose; None if none is there but the engine.

    Parameters
    ----------
    engine_name : str or None
        Value of ``--engine``.
    config_name : str or None
        Value of ``--config``.
    pes : int or None
        Value of ``--pes``.
    settings : sequence of str
        Values of ``--set``.
    weight_bits : int, optional
        Value of ``--weight-bits``, where a verb has it: the width, and what fits in a word.

    Returns
    -------
    EngineConfig or None

    Raises
    ------
    InputError
        There is no such configuration, a setting is not ``FIELD=VALUE``, sets a field twice, or
        gives no configuration.
    """
    changes = {} if pes is None else {"pe_count": pes}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise InputError(f"a setting must be FIELD=VALUE, not {setting!r}: add a value")
        if name in changes:
            raise InputError(f"{name} must be set once, not again by {setting!r}: leave one out")
        changes[name] = integer(name, value)
    if weight_bits is not None and "weight_bits" in changes:
        raise InputError("weight_bits must be set once, not by --weight-bits too: leave one out")
    if config_name is None and not changes and weight_bits is None:
        return None
    base = config(config_name, engine=engine_name)
    if weight_bits is not None:
        return base.with_weight_bits(weight_bits, **changes)
    return base.replace(**changes)


def integer(name: str, value: str) -> int:
    """Return a setting's value.

    Parameters
    ----------
    name : str
        Name of the field.
    value : str
        Its value as text.

    Raises
    ------
    InputError
        The value is no whole number.
    """
    try:
        return int(value)
    except ValueError:
        raise InputError(f"{name} must be an integer, not {value!r}: give a whole number") from None
