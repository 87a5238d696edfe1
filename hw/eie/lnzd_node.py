"""Node of the leading-non-zero detection tree."""

from amaranth import Module
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import activation_stream
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN


def lnzd_node_signature(config: Config) -> wiring.Signature:
    """Return the ports of `LnzdNode`."""
    return wiring.Signature(
        {
            "i": In(activation_stream(config)).array(FAN_IN),
            "o": Out(activation_stream(config)),
        }
    )


class LnzdNode(wiring.Component):
    """Pass on the first non-zero activation that a child offers (EIE paper, section IV).

    Latency: one cycle. Throughput: one activation a cycle. Stall rule: the children wait while
    the node's activation is not taken, and each child waits for those in front of it.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(stream) array of FAN_IN
        The children, the preferred one first; one that does not exist is never valid.
    o : Out(stream)
        The activation passed on.
    """

    i: list[stream.Interface]
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(lnzd_node_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        ready = ~self.o.valid | self.o.ready
        with m.If(ready):
            m.d.sync += self.o.valid.eq(0)
        for child in reversed(self.i):
            with m.If(ready & child.valid):
                m.d.sync += [self.o.valid.eq(1), self.o.payload.eq(child.payload)]
        taken = ~ready
        for child in self.i:
            m.d.comb += child.ready.eq(~taken)
            taken = taken | child.valid
        return m
