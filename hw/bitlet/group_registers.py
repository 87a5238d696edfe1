"""Registers of a group: what the lanes of a compute engine share."""

from typing import NamedTuple

from amaranth import Cat, Module, Signal, Value

from zskip.hw.bitlet.group_loader import GroupLoader
from zskip.hw.bitlet.lane_format import LaneFormat


class GroupRegisters(NamedTuple):
    """A group that lanes work on.

    Parameters
    ----------
    items : list of Value
        For each row, the activations with the signs of its weights, the first in the lowest bits.
    inverted : Value
        Lanes whose column is inverted.
    sums : Value
        Sum of the items of each row; only with `invert`.
    """

    items: list[Value]
    inverted: Value
    sums: Value


def group_registers(
    m: Module, lanes: LaneFormat, loader: GroupLoader, *, free: Value, name: str
) -> GroupRegisters:
    """Make the registers of a place for a group.

    Parameters
    ----------
    m : Module
        Where they are made.
    lanes : LaneFormat
        Gives lanes and widths.
    loader : GroupLoader
        Writes the group.
    free : Value
        It is written to this place.
    name : str
        Tells the place from others.

    Returns
    -------
    GroupRegisters
    """
    config = lanes.config
    write = loader.write & free.replicate(config.beats)
    activations = _written(m, f"activations_{name}", loader.activations, write)
    items: list[Value] = []
    for row in range(lanes.rows):
        shown = loader.negatives.word_select(row, config.pairs)
        negatives = _written(m, f"negatives_{name}_{row}", shown, write)
        items.append(
            Cat(
                Cat(activations.word_select(pair, lanes.activation_bits), negatives[pair])
                for pair in range(config.pairs)
            )
        )
    opens = loader.opens & free
    return GroupRegisters(
        items=items,
        inverted=_written(m, f"inverted_{name}", loader.inverted, opens),
        sums=_written(m, f"sums_{name}", loader.sums, opens),
    )


def _written(m: Module, name: str, given: Value, write: Value) -> Signal:
    """Return a register of as many equal parts as `write` has bits, each written by one."""
    kept = Signal(len(given), name=name, reset_less=True)
    for number, part in enumerate(write):
        with m.If(part):
            place = (number, len(given) // len(write))
            m.d.sync += kept.word_select(*place).eq(given.word_select(*place))
    return kept
