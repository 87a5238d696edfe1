"""Precisions of weights: integers of some bits, or a floating-point format."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from zskip.model.common.errors import InputError
from zskip.model.common.floats import FLOAT16, FLOAT32, FloatFormat
from zskip.model.common.reference import WEIGHT_BITS

INTEGER_BITS = (2, WEIGHT_BITS)
"""Fewest and most bits of an integer weight, sign included."""


@dataclass(frozen=True, kw_only=True)
class Precision:
    """Numbers that the weights of a layer are.

    Parameters
    ----------
    name : str
        Such as ``int8`` or ``fp16``.
    bits : int
        Bits of a weight, sign included.
    floating : FloatFormat or None
        Format of weights, biases and activations; None where weights are integers.
    """

    name: str
    bits: int
    floating: FloatFormat | None = None

    @classmethod
    def parse(cls, name: str) -> "Precision":
        """Return the precision of a name.

        Parameters
        ----------
        name : str
            ``fp16``, ``fp32``, or ``int`` with the bits of a weight, 2 to 24.

        Returns
        -------
        Precision

        Raises
        ------
        InputError
            There is no such precision.
        """
        if name in FLOATING:
            return FLOATING[name]
        low, high = INTEGER_BITS
        digits = re.fullmatch(r"int([1-9][0-9]?)", name)
        if digits is None or not low <= int(digits[1]) <= high:
            raise InputError(
                f"a precision must be int{low} to int{high}, {' or '.join(FLOATING)}, not {name!r}"
            )
        return integers(int(digits[1]))


def check_alike(precisions: Sequence[Precision]) -> None:
    """Check that layers are all of integers, of any widths, or all of one floating-point format.

    Parameters
    ----------
    precisions : sequence of Precision
        One for each layer.

    Raises
    ------
    InputError
        They are not.
    """
    if len({one.floating for one in precisions}) > 1:
        names = ", ".join(dict.fromkeys(one.name for one in precisions))
        raise InputError(
            "layers must be all of integers or all of one floating-point format, as one's outputs "
            f"are the next one's inputs, not of {names}: choose one of the kinds for every layer"
        )


def integers(bits: int) -> Precision:
    """Return the precision of integers of some bits, sign included."""
    return Precision(name=f"int{bits}", bits=bits)


FLOATING = {
    "fp16": Precision(name="fp16", bits=FLOAT16.bits, floating=FLOAT16),
    "fp32": Precision(name="fp32", bits=FLOAT32.bits, floating=FLOAT32),
}
"""Floating-point precisions by name."""
