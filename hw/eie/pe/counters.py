"""Performance counters of a PE."""

from amaranth import Array, Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.counter import add_counter
from zskip.model.common.stream import COUNTERS_PER_WORD, STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.counters import PER_PE


class Counters(wiring.Component):
    """One counter for each name of `zskip.model.eie.counters.PER_PE`.

    Latency: an event shows in its counter two cycles later, in the bits above
    `zskip.hw.common.counter.LOW_BITS` another cycle later; `restart` clears two cycles later, and
    drops the events up to its own cycle.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    restart : In(1)
        Clear every counter.
    events : In, one member for each counter
        What to add in this cycle.
    select : In
        Which word to show.
    word : Out(STREAM_BITS)
        The selected counters, the first in the lower half.
    """

    restart: Signal
    events: wiring.PureInterface
    select: Signal
    word: Signal

    def __init__(self, config: Config) -> None:
        # Padding that is skipped counts with the entry behind it; lanes count whole words.
        bits = config.gap_bits + 1
        if config.lanes > 1:
            bits = config.entries_per_word.bit_length()
        super().__init__(
            {
                "restart": In(1),
                "events": In(wiring.Signature({name: Out(bits) for name in PER_PE})),
                "select": In(range(len(PER_PE) // COUNTERS_PER_WORD)),
                "word": Out(STREAM_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Registered, as it hangs on the start of a run and comes late.
        restarts = Signal()
        m.d.sync += restarts.eq(self.restart)
        counters = [add_counter(m, name, getattr(self.events, name), restarts) for name in PER_PE]
        words = Array(
            Cat(counters[first : first + COUNTERS_PER_WORD])
            for first in range(0, len(counters), COUNTERS_PER_WORD)
        )
        m.d.comb += self.word.eq(words[self.select])
        return m
