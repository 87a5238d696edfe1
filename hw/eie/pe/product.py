"""Product of an activation and a weight, in two cycles."""

from amaranth import Module, Signal, Value, signed

from zskip.hw.eie.interfaces import PRODUCT_BITS
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.eie.config import Config

HALF_BITS = CODEBOOK_BITS // 2
"""Bits of a weight that one half of a multiplier takes."""


def register_product(
    m: Module, value: Value, weight: Value, config: Config, name: str = "{}"
) -> Value:
    """Register what the first cycle gives, and return the product that the second one has.

    Parameters
    ----------
    m : Module
        Gets the registers, under the conditions around the call.
    value : signed(16)
        Activation.
    weight : signed(16)
        Weight.
    config : Config
        Says whether the product is split into halves.
    name : str, optional
        Names of the registers, ``{}`` standing for what is in them.

    Returns
    -------
    Value
        The exact product.
    """
    if not config.split_products:
        whole = Signal(signed(PRODUCT_BITS), name=name.format("whole"))
        m.d.sync += whole.eq(value * weight)
        return whole
    low = Signal(signed(ACTIVATION_BITS + HALF_BITS + 1), name=name.format("low"))
    high = Signal(signed(ACTIVATION_BITS + HALF_BITS), name=name.format("high"))
    m.d.sync += [
        low.eq(value * weight[:HALF_BITS]),
        high.eq(value * weight[HALF_BITS:].as_signed()),
    ]
    return low + (high << HALF_BITS)
