"""Lanes of a compute engine: the rows that they serve, and widths that follow."""

from dataclasses import dataclass

from amaranth import Shape, signed, unsigned
from amaranth.lib import data

from zskip.hw.bitlet.common_exponent import group_layout
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import FORMATS
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.floats import FLOAT16, FloatFormat


@dataclass(frozen=True, kw_only=True)
class LaneFormat:
    """How the lanes of a compute engine are built.

    Row r has the lanes from ``r * row_lanes`` on.

    Parameters
    ----------
    config : Config
        The array.
    """

    config: Config

    @property
    def rows(self) -> int:
        """Rows side by side."""
        return self.config.segments

    @property
    def row_lanes(self) -> int:
        """Lanes of a row."""
        return self.config.row_lanes

    @property
    def lanes(self) -> int:
        """Lanes of all rows."""
        return self.config.lanes

    @property
    def number(self) -> FloatFormat | None:
        """The widest format of floating point; None without any."""
        return FORMATS[self.config.float_bits // FLOAT16.bits]

    @property
    def group(self) -> data.StructLayout:
        """What the accumulator and outputs need to know of a group; empty without floats."""
        return group_layout(self.number.exponent_bits + 1) if self.number else data.StructLayout({})

    @property
    def activation_bits(self) -> int:
        """Bits of an activation, or of a significand with its sign."""
        return max(ACTIVATION_BITS, self.config.significand_bits + 1)

    @property
    def item_bits(self) -> int:
        """Bits of an activation with the sign of its weight above it."""
        return self.activation_bits + 1

    @property
    def group_sum_bits(self) -> int:
        """Bits of the sum of all folded activations of a group."""
        return self.activation_bits + self.config.pairs.bit_length()

    @property
    def term_bits(self) -> int:
        """Bits of what a lane hands to the adder tree."""
        return self.group_sum_bits if self.config.invert else self.activation_bits + 1

    @property
    def sum_bits(self) -> int:
        """Bits of the sum of the terms of a row, which is exact."""
        return self.term_bits + self.row_lanes

    @property
    def wide_bits(self) -> int:
        """Bits of the accumulator of row 0 where it serves floating point too, else 0."""
        return max(self.config.acc_bits, self.config.float_acc_bits) if self.number else 0

    @property
    def wide(self) -> Shape:
        """Shape of that accumulator's ports, which are empty without floating point."""
        return signed(self.wide_bits) if self.number else unsigned(0)

    @property
    def total_bits(self) -> int:
        """Bits of the sum of all lanes as those of one row."""
        return self.term_bits + self.lanes
