"""Commands with which the emitter reads outputs and counters."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from zskip.hw.common.typed_signature import TypedSignature


class ReadoutInterface(wiring.PureInterface):
    """Ports of a `Readout`."""

    read: Signal
    row: Signal
    counter: Signal


class Readout(TypedSignature[ReadoutInterface]):
    """Commands of the emitter to every unit.

    Parameters
    ----------
    rows : int
        Output rows of a unit.
    counter_words : int
        Words of its counters.

    Members
    -------
    read : Out(1)
        Read output `row` of the layer.
    row : Out
        Row of `read`.
    counter : Out
        Which word of counters the unit shows.
    """

    ports = ReadoutInterface

    def __init__(self, *, rows: int, counter_words: int) -> None:
        super().__init__(
            {"read": Out(1), "row": Out(range(rows)), "counter": Out(range(counter_words))}
        )
