"""Block: what every engine looks like from outside."""

from amaranth import Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.stream import STREAM_BITS, ErrorCode


def result_layout() -> data.StructLayout:
    """Return a beat of the result stream: a word and whether it ends its packet."""
    return data.StructLayout({"data": STREAM_BITS, "last": 1})


def block_signature() -> wiring.Signature:
    """Return the ports of a `Block`, which no configuration changes."""
    return wiring.Signature(
        {
            "i": In(stream.Signature(STREAM_BITS)),
            "o": Out(stream.Signature(result_layout())),
            "start": In(1),
            "busy": Out(1),
            "done": Out(1),
            "overflow": Out(1),
            "error": Out(range(max(ErrorCode) + 1)),
        }
    )


class Block(wiring.Component):
    """Accelerator that is loaded, started and read through two streams and some flags.

    Load the memories and an input vector through `i`, pulse `start`, take the results from `o`.
    Load the whole of the next input vector after `done`: without it a start is refused.

    Stall rule: `i` waits during a run; a run waits while results are not taken from `o`.

    Members
    -------
    i : In(stream)
        Load packets.
    o : Out(stream)
        Result packets.
    start : In(1)
        Begin a run where it rises, from the second cycle after the last word of `i` on; ignored
        while `busy`.
    busy : Out(1)
        A run is under way, or was refused in the cycle before.
    done : Out(1)
        High for one cycle when a run ends, or behind a start that is refused.
    overflow : Out(1)
        An addition has left the accumulator's range since the run began.
    error : Out(ErrorCode)
        The first error since reset.
    """

    i: stream.Interface
    o: stream.Interface
    start: Signal
    busy: Signal
    done: Signal
    overflow: Signal
    error: Signal

    def __init__(self) -> None:
        super().__init__(block_signature())
