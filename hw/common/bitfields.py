"""Amaranth layouts of the words that `zskip.model.common.bitfields` describes."""

from amaranth import unsigned
from amaranth.lib import data

from zskip.model.common.bitfields import Field


def word_layout(fields: tuple[Field, ...], bits: int) -> data.FlexibleLayout:
    """Return the layout of a word of named fields.

    Parameters
    ----------
    fields : tuple of Field
        The word's fields.
    bits : int
        Width of the word.

    Returns
    -------
    amaranth.lib.data.FlexibleLayout
    """
    return data.FlexibleLayout(
        bits, {field.name: data.Field(unsigned(field.bits), field.low) for field in fields}
    )
