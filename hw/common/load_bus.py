"""Load bus: brings the words of the load stream to the memories of all units."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from zskip.hw.common.typed_signature import TypedSignature
from zskip.model.common.stream import ADDRESS_BITS, STREAM_BITS


class LoadBusInterface(wiring.PureInterface):
    """Ports of a `LoadBus`."""

    en: Signal
    target: Signal
    pe: Signal
    address: Signal
    data: Signal


class LoadBus(TypedSignature[LoadBusInterface]):
    """Registered writes that go to every unit; no back-pressure.

    Parameters
    ----------
    target_bits, pe_bits : int
        Widths of the engine's targets and unit numbers.

    Members
    -------
    en : Out(1)
        A word is on the bus.
    target : Out(target_bits)
        Which memory it is for, by the engine's code.
    pe : Out(pe_bits)
        Number of the unit; for activations the first unit of the group that takes the word.
    address : Out(ADDRESS_BITS)
        Address in the memory; for activations the row.
    data : Out(STREAM_BITS)
        The word.
    """

    ports = LoadBusInterface

    def __init__(self, *, target_bits: int, pe_bits: int) -> None:
        super().__init__(
            {
                "en": Out(1),
                "target": Out(target_bits),
                "pe": Out(pe_bits),
                "address": Out(ADDRESS_BITS),
                "data": Out(STREAM_BITS),
            }
        )
