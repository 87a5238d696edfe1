"""Node of the readout tree."""

from functools import reduce
from operator import or_

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.readout import ReadoutInterface
from zskip.hw.eie import shell
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN


def readout_node_signature(config: Config) -> wiring.Signature:
    """Return the ports of `ReadoutNode`."""
    return wiring.Signature(
        {
            "i": In(shell.readout(config)),
            "o": Out(shell.readout(config)),
            "words": In(STREAM_BITS + config.parity).array(FAN_IN),
            "word": Out(STREAM_BITS + config.parity),
        }
    )


class ReadoutNode(wiring.Component):
    """Pass on commands of the emitter to some children, and what these give back.

    A register each way, so that nothing reaches all PEs, or comes from all of them, in one cycle.

    Latency: one cycle for a command, one for a word. Throughput: one of each a cycle. Stall rule:
    none.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    i : In(Readout)
        Commands.
    o : Out(Readout)
        Commands to the children.
    words : In(STREAM_BITS + parity) array of FAN_IN
        Words of the children: 0 of all but one, and of one that does not exist.
    word : Out(STREAM_BITS + parity)
        The one that is not 0.
    """

    i: ReadoutInterface
    o: ReadoutInterface
    words: list[Signal]
    word: Signal

    def __init__(self, config: Config) -> None:
        super().__init__(readout_node_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        for name in self.i.signature.members:
            m.d.sync += getattr(self.o, name).eq(getattr(self.i, name))
        m.d.sync += self.word.eq(reduce(or_, self.words))
        return m
