"""Words made of named bit fields: one description for the model, the hardware and the drivers."""

from typing import NamedTuple

from zskip.model.common.errors import InputError


class Field(NamedTuple):
    """A field of a word.

    Parameters
    ----------
    name : str
        Name of the field.
    low : int
        Position of its lowest bit.
    bits : int
        Its width.
    meaning : str
        What it says, for the tables that are made of a layout.
    """

    name: str
    low: int
    bits: int
    meaning: str = ""


def pack(layout: tuple[Field, ...], **values: int) -> int:
    """Pack named values into a word; fields that are not named are 0.

    Parameters
    ----------
    layout : tuple of Field
        The word's fields.
    **values : int
        Non-negative values by field name.

    Returns
    -------
    int

    Raises
    ------
    InputError
        A value does not fit its field.
    KeyError
        A name is not in the layout.
    """
    by_name = {field.name: field for field in layout}
    word = 0
    for name, value in values.items():
        field = by_name[name]
        if not 0 <= value < 1 << field.bits:
            raise InputError(f"{name} must be from 0 to {(1 << field.bits) - 1}, not {value}")
        word |= value << field.low
    return word


def unpack(layout: tuple[Field, ...], word: int) -> dict[str, int]:
    """Return the fields of a word by name.

    Parameters
    ----------
    layout : tuple of Field
        The word's fields.
    word : int
        A non-negative word.

    Returns
    -------
    dict of str to int
    """
    return {field.name: (word >> field.low) & ((1 << field.bits) - 1) for field in layout}
