"""Performance counters of the central control unit."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.counter import add_counter
from zskip.model.common.stream import COUNTER_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.counters import CENTRAL


class CentralCounters(wiring.Component):
    """Count each event of `zskip.model.eie.counters.CENTRAL`.

    Latency: an event shows in its counter two cycles later, in the bits above
    `zskip.hw.common.counter.LOW_BITS` another cycle later; `restart` clears two cycles later, and
    drops the events up to its own cycle.

    Parameters
    ----------
    config : Config
        Gives the activations of a broadcast.

    Members
    -------
    restart : In(1)
        Clear every counter.
    events : In, one member for each counter
        How often it happens in this cycle.
    values : Out(len(CENTRAL) * COUNTER_BITS)
        The counters, the first in the lowest bits.
    """

    restart: Signal
    events: wiring.PureInterface
    values: Signal

    def __init__(self, config: Config) -> None:
        events: dict[str, wiring.Member] = {name: Out(1) for name in CENTRAL}
        events["broadcasts"] = Out(range(config.broadcast_size + 1))
        super().__init__(
            {
                "restart": In(1),
                "events": In(wiring.Signature(events)),
                "values": Out(len(CENTRAL) * COUNTER_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        restarts = Signal()
        m.d.sync += restarts.eq(self.restart)
        counters = [add_counter(m, name, getattr(self.events, name), restarts) for name in CENTRAL]
        m.d.comb += self.values.eq(Cat(counters))
        return m
