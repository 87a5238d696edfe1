"""Power-of-two scales of a layer."""

from dataclasses import dataclass

from zskip.model.common.errors import InputError

MIN_FRACTION = -32
MAX_FRACTION = 30
"""Fractions stay between these, far beyond what trained networks ask for."""


@dataclass(frozen=True, kw_only=True)
class LayerScale:
    """Scales of a layer; an integer ``n`` with fraction ``f`` stands for ``n * 2 ** -f``.

    Parameters
    ----------
    input_fraction, weight_fraction, output_fraction : int
        Fraction bits of the input activations, of the weights and of the output activations,
        -32 to 30.
    """

    input_fraction: int
    weight_fraction: int
    output_fraction: int

    @property
    def accumulator_fraction(self) -> int:
        """Fraction bits of the accumulator, and so of the bias."""
        return self.input_fraction + self.weight_fraction

    @property
    def shift(self) -> int:
        """Bits by which write-back scales the accumulator down."""
        return self.accumulator_fraction - self.output_fraction

    def check(self, acc_bits: int) -> None:
        """Check fractions and shift.

        Parameters
        ----------
        acc_bits : int
            Width of the accumulator.

        Raises
        ------
        InputError
            One of them is out of range.
        """
        fractions = (self.input_fraction, self.weight_fraction, self.output_fraction)
        if min(fractions) < MIN_FRACTION or max(fractions) > MAX_FRACTION:
            raise InputError(
                f"the fractions of inputs, weights and outputs must be from {MIN_FRACTION} to "
                f"{MAX_FRACTION}, not {fractions}"
            )
        if not 0 <= self.shift < acc_bits:
            raise InputError(f"the shift must be from 0 to {acc_bits - 1}, not {self.shift}")


NO_SCALE = LayerScale(input_fraction=0, weight_fraction=0, output_fraction=0)
"""Scales of a layer in floating point."""
