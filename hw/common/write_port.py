"""Write port of a memory."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from zskip.hw.common.typed_signature import TypedSignature


def address_bits(depth: int) -> int:
    """Return the bits of an address of one of `depth` words (at least 1)."""
    return max(1, (depth - 1).bit_length())


class WritePortInterface(wiring.PureInterface):
    """Ports of a `WritePort`."""

    en: Signal
    address: Signal
    data: Signal


class WritePort(TypedSignature[WritePortInterface]):
    """Write port of a memory or register.

    Parameters
    ----------
    address_bits, data_bits : int
        Widths.

    Members
    -------
    en : Out(1)
        Write in this cycle.
    address : Out(address_bits)
        Where to write.
    data : Out(data_bits)
        What to write.
    """

    ports = WritePortInterface

    def __init__(self, *, address_bits: int, data_bits: int) -> None:
        super().__init__({"en": Out(1), "address": Out(address_bits), "data": Out(data_bits)})
