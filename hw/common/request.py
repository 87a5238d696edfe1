"""Requests of a control unit to the emitter."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.typed_signature import TypedSignature
from zskip.model.common.stream import COUNTER_BITS, RESULT_HEADER, Kind

PASS_INDEX_BITS = next(field.bits for field in RESULT_HEADER if field.name == "pass_index")
"""Width of the number of a pass."""


class RequestInterface(wiring.PureInterface):
    """Ports of a `Request`."""

    valid: Signal
    kind: Signal
    pass_index: Signal
    outputs: Signal
    central: Signal
    done: Signal


class Request(TypedSignature[RequestInterface]):
    """Commands of a control unit to the emitter.

    Parameters
    ----------
    vector_depth : int
        Longest output vector.
    central_counters : int
        Counters of the control unit.

    Members
    -------
    valid : Out(1)
        Send a packet; all members hold until `done`, and `central`, where counters are asked for,
        from the second cycle on.
    kind : Out(Kind)
        Outputs or counters.
    pass_index : Out(16)
        Number of the pass.
    outputs : Out
        Length of the output vector.
    central : Out(central_counters * COUNTER_BITS)
        Counters of the control unit, the first in the lowest bits.
    done : In(1)
        The packet's last word has been handed over.
    """

    ports = RequestInterface

    def __init__(self, *, vector_depth: int, central_counters: int) -> None:
        super().__init__(
            {
                "valid": Out(1),
                "kind": Out(Kind),
                "pass_index": Out(PASS_INDEX_BITS),
                "outputs": Out(range(vector_depth + 1)),
                "central": Out(central_counters * COUNTER_BITS),
                "done": In(1),
            }
        )
