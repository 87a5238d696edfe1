"""Activation queue: decouples a PE from the broadcast."""

from amaranth import Module
from amaranth.lib import fifo, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import activation_layout
from zskip.model.eie.config import Config


class ActQueue(wiring.Component):
    """First-in first-out queue of broadcast activations (EIE paper, section IV).

    All ``queue_depth`` entries are usable. Latency: an activation can leave in the cycle after it
    came. Throughput: one in and one out a cycle; a full queue takes nothing in the cycle in which
    it gives an entry away. Stall rule: `i` waits while the queue is full, and the broadcast waits
    for every PE.

    Parameters
    ----------
    config : Config
        Gives the depth.

    Members
    -------
    i : In(stream)
        Broadcast activations.
    o : Out(stream)
        The oldest activation held.
    """

    i: stream.Interface
    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        layout = activation_layout(config)
        super().__init__({"i": In(stream.Signature(layout)), "o": Out(stream.Signature(layout))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.entries = entries = fifo.SyncFIFO(
            width=activation_layout(self.config).size, depth=self.config.queue_depth
        )
        m.d.comb += [
            entries.w_data.eq(self.i.payload),
            entries.w_en.eq(self.i.valid),
            self.i.ready.eq(entries.w_rdy),
            self.o.payload.eq(entries.r_data),
            self.o.valid.eq(entries.r_rdy),
            entries.r_en.eq(self.o.ready),
        ]
        return m
