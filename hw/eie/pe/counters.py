"""Performance counters of a PE."""

from amaranth import Array, Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.common.stream import COUNTER_BITS, COUNTERS_PER_WORD, STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.counters import PER_PE


class Counters(wiring.Component):
    """One counter for each name of `zskip.model.eie.counters.PER_PE`.

    Latency: an event shows in its counter two cycles later; `restart` drops those on their way.

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
        counters = [Signal(COUNTER_BITS, name=name) for name in PER_PE]
        for counter, name in zip(counters, PER_PE, strict=True):
            event = getattr(self.events, name)
            # Registered, as events come late in the cycle and the counters are long.
            seen = Signal.like(event, name=f"{name}_event")
            with m.If(self.restart):
                m.d.sync += [seen.eq(0), counter.eq(0)]
            with m.Else():
                m.d.sync += [seen.eq(event), counter.eq(counter + seen)]
        words = Array(
            Cat(counters[first : first + COUNTERS_PER_WORD])
            for first in range(0, len(counters), COUNTERS_PER_WORD)
        )
        m.d.comb += self.word.eq(words[self.select])
        return m
