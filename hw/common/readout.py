"""Commands with which the emitter reads outputs and counters."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from zskip.hw.common.typed_signature import TypedSignature


class ReadoutInterface(wiring.PureInterface):
    """Ports of a `Readout`."""

    read: Signal
    count: Signal
    unit: Signal
    row: Signal
    counter: Signal


class Readout(TypedSignature[ReadoutInterface]):
    """Commands of the emitter to the units: which word it wants.

    Parameters
    ----------
    units : int
        Units that have outputs and counters, a power of two.
    rows : int
        Output rows of a unit.
    counter_words : int
        Words of its counters.

    Members
    -------
    read : Out(1)
        Give the outputs of a row: of `unit` and those behind it, as many as a word has lanes.
    count : Out(1)
        Give a word of the counters of `unit`; never together with `read`.
    unit : Out
        Which unit; of `read` the first one of a group.
    row : Out
        Row of `read`.
    counter : Out
        Word of `count`.
    """

    ports = ReadoutInterface

    def __init__(self, *, units: int, rows: int, counter_words: int) -> None:
        super().__init__(
            {
                "read": Out(1),
                "count": Out(1),
                "unit": Out(range(units)),
                "row": Out(range(rows)),
                "counter": Out(range(counter_words)),
            }
        )
