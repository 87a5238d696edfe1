"""Options that several verbs share."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import click

from zskip.model.common.errors import InputError
from zskip.model.eie.config import NAMED, PAPER, Config

Command = TypeVar("Command", bound=Callable[..., None])


def configuration_options(command: Command) -> Command:
    """Add ``--config``, ``--pes`` and ``--set``, which `chosen_config` makes a configuration of.

    Parameters
    ----------
    command : callable
        Gets them as ``config_name``, ``pes`` and ``settings``.

    Returns
    -------
    callable
    """
    options = (
        click.option(
            "--config",
            "config_name",
            type=click.Choice(list(NAMED)),
            help="Configuration to start from; `paper` if none is named.",
        ),
        click.option("--pes", type=int, metavar="N", help="Number of processing elements."),
        click.option(
            "--set",
            "settings",
            multiple=True,
            metavar="FIELD=VALUE",
            help="Change a field of the configuration. May be repeated.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def chosen_config(
    config_name: str | None,
    pes: int | None,
    settings: Sequence[str],
    weight_bits: int | None = None,
) -> Config | None:
    """Make the configuration that the options ask for.

    Parameters
    ----------
    config_name : str or None
        A name of `zskip.model.eie.config.NAMED`.
    pes : int or None
        Number of processing elements.
    settings : sequence of str
        ``FIELD=VALUE`` each.
    weight_bits : int, optional
        Bits of a codebook index; a word then holds as many entries as fit, unless set.

    Returns
    -------
    Config or None
        None where no option was given.

    Raises
    ------
    InputError
        A setting is malformed, is given twice, or is refused by the configuration.
    """
    changes = {} if pes is None else {"pe_count": pes}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise InputError(f"a setting must be FIELD=VALUE, not {setting!r}: add a value")
        if name in changes:
            raise InputError(f"{name} must be set once, not again by {setting!r}: leave one out")
        changes[name] = _integer(name, value)
    if weight_bits is not None and "weight_bits" in changes:
        raise InputError("weight_bits must be set once, not by --weight-bits too: leave one out")
    if config_name is None and not changes and weight_bits is None:
        return None
    base = NAMED[config_name] if config_name else PAPER
    if weight_bits is not None:
        runs = {"run_bits": changes["run_bits"]} if "run_bits" in changes else {}
        base = base.replace(entries_per_word=1, **runs).with_weight_bits(weight_bits)
    return base.replace(**changes)


def _integer(name: str, value: str) -> int:
    """Return the integer that a text stands for."""
    try:
        return int(value)
    except ValueError:
        raise InputError(f"{name} must be an integer, not {value!r}: give a whole number") from None
