"""Rounding of tensors as QONNX and Brevitas write it: the operators Quant and BipolarQuant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.files.formats.guard import damaged, quoted
from zskip.files.formats.onnx_graph import Node
from zskip.files.formats.onnx_wire import KIND
from zskip.model.common.errors import InputError

DOMAINS = ("finn.custom_op.general", "onnx.brevitas", "qonnx.custom_op.general")
QUANT = tuple(f"{domain}.Quant" for domain in DOMAINS)
BIPOLAR = tuple(f"{domain}.BipolarQuant" for domain in DOMAINS)
"""Names of the operators in the domains that have them."""

MAX_BITS = 32
ROUNDINGS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("HALF_EVEN", "ROUND"), np.rint),
    "CEIL": np.ceil,
    "FLOOR": np.floor,
    **dict.fromkeys(("DOWN", "ROUND_TO_ZERO"), np.trunc),
}
"""Functions of rounding modes."""

Tensor = NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """The values that a Quant rounds to: ``(n - zero) * scale`` for integers from low to high.

    Attributes
    ----------
    scale, zero : ndarray
        Numbers, or tensors that the data are broadcast with.
    low, high : int
        The integers.
    rounding : str
        How it rounds.
    """

    scale: Tensor
    zero: Tensor
    low: int
    high: int
    rounding: str

    def take(self, values: Tensor) -> Tensor:
        """Round a tensor as the operator does: clip first."""
        codes = np.clip(values / self.scale + self.zero, self.low, self.high)
        return ((ROUNDINGS[self.rounding](codes) - self.zero) * self.scale).astype(np.float32)


def grid(node: Node, values: Sequence[Tensor]) -> Grid:
    """Return the values that a Quant rounds to.

    Parameters
    ----------
    node : Node
        The Quant.
    values : sequence of ndarray
        Its scale, zero point and bits.

    Raises
    ------
    InputError
        Its inputs or settings make no sense, or its rounding mode is not known.
    """
    scale, zero, bits = values
    count = float(bits.ravel()[0]) if bits.size == 1 else 0.0
    positive = scale.dtype.kind == "f" and np.isfinite(scale).all() and (scale > 0).all()
    if not positive or not np.isfinite(zero).all() or not 1 <= count <= MAX_BITS:
        raise damaged(KIND, f"{node} must have scales above 0 and one width of 1 to 32 bits")
    signed, narrow = bool(node.setting("signed", 1)), bool(node.setting("narrow", 0))
    mode = node.attributes.get("rounding_mode")
    rounding = "ROUND" if mode is None else mode.s.decode("utf-8", "replace").upper()
    if rounding not in ROUNDINGS or (signed and count == 1):
        what = quoted(rounding) if count > 1 else "1 bit with a sign"
        raise InputError(
            f"{node} must round by one of {', '.join(ROUNDINGS)} to 2 bits or more, not by {what}: "
            "export the network in float32"
        )
    half = int(2 ** (count - 1))
    low, high = (narrow - half, half - 1) if signed else (0, 2 * half - 1 - narrow)
    return Grid(scale=scale, zero=zero, low=low, high=high, rounding=rounding)


def quantize(node: Node, values: Sequence[Tensor]) -> Tensor:
    """Return what a Quant makes of a given tensor."""
    return grid(node, values[1:4]).take(values[0])


def signs(node: Node, values: Sequence[Tensor]) -> Tensor:
    """Return what a BipolarQuant makes of a given tensor; the sign of 0 is positive."""
    given, scale = values[:2]
    return np.where(given >= 0, scale, -scale).astype(np.float32)
