"""Node of the leading-non-zero detection tree."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import (
    ActivationSourceInterface,
    activation_layout,
    activation_source,
)
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN


def lnzd_node_signature(config: Config) -> wiring.Signature:
    """Return the ports of `LnzdNode`."""
    return wiring.Signature(
        {
            "i": In(activation_source(config)).array(FAN_IN),
            "o": Out(activation_source(config)),
        }
    )


class LnzdNode(wiring.Component):
    """Pass on the non-zero activations of one child after the other (EIE paper, section IV).

    A node waits for a child that may still have an activation, so the order of the broadcasts
    does not depend on when activations are found.

    Latency: one cycle. Throughput: one activation a cycle. Stall rule: the children wait while
    two activations of the node are not taken, and each child waits for those in front of it. Two,
    so that what the children see does not depend on `o` in the same cycle.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(ActivationSource) array of FAN_IN
        The children, the preferred one first; one that does not exist never has `more`.
    o : Out(ActivationSource)
        The activations passed on.
    """

    i: list[ActivationSourceInterface]
    o: ActivationSourceInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(lnzd_node_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        output = self.o.stream
        layout = activation_layout(self.config)
        shown = Signal(layout, reset_less=True)
        waiting = Signal(layout, reset_less=True)
        waiting_valid = Signal()
        arriving = Signal(layout)
        arrives = Signal()
        leaves = Signal()
        turn = ~waiting_valid
        for child in self.i:
            m.d.comb += child.stream.ready.eq(turn)
            with m.If(turn & child.stream.valid):
                m.d.comb += [arrives.eq(1), arriving.eq(child.stream.payload)]
            turn = turn & ~child.more
        m.d.comb += [
            leaves.eq(~output.valid | output.ready),
            output.payload.eq(shown),
            self.o.more.eq(output.valid | Cat(child.more for child in self.i).any()),
        ]
        with m.If(leaves):
            m.d.sync += [
                output.valid.eq(waiting_valid | arrives),
                shown.eq(Mux(waiting_valid, waiting, arriving)),
                waiting_valid.eq(0),
            ]
        with m.Elif(arrives):
            m.d.sync += [waiting_valid.eq(1), waiting.eq(arriving)]
        return m
