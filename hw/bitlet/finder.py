"""Finder of a lane: its bit column, and the one that is picked from it."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.model.bitlet.config import Config


class Finder(wiring.Component):
    """Pick what is sought in a bit column, one pair a cycle, the lowest pair first.

    Sought are the ones, or the zeros of an inverted column. A finder of the whole column takes the
    pick out of it. A sliding window leaves the column as it is and moves on to the second that it
    sees, or by its own width, so that there are cycles without a pick.

    Latency: none from the column to `pick` and `last`; a write counts in the next cycle.
    Throughput: one pick a cycle. Stall rule: nothing moves while `enable` is 0.

    Parameters
    ----------
    config : Config
        Gives pairs, beats and window.

    Members
    -------
    write : In(beats)
        Write these parts of the column, of `load_pairs` each, and begin with its first pair.
    column : In(pairs)
        What is written.
    inverted : In(1)
        Seek zeros.
    enable : In(1)
        Take the pick.
    pick : Out(pairs)
        One bit, or none behind the last pick; whatever `enable` is.
    last : Out(1)
        Nothing is left behind this pick.
    left : Out(1)
        There are picks left, this one included; only where lanes run ahead.
    """

    write: Signal
    column: Signal
    inverted: Signal
    enable: Signal
    pick: Signal
    last: Signal
    left: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "write": In(config.beats),
                "column": In(config.pairs),
                "inverted": In(1),
                "enable": In(1),
                "pick": Out(config.pairs),
                "last": Out(1),
                "left": Out(int(config.run_ahead > 1)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        size = self.config.load_pairs
        column = Signal(self.config.pairs, reset_less=True)
        sought = Signal(self.config.pairs)
        m.d.comb += sought.eq(column ^ self.inverted.replicate(len(column)))
        if self.config.window:
            self._slide(m, sought)
        else:
            below = prefix_or(m, "below", sought)
            m.d.comb += [self.pick.eq(sought & ~below), self.last.eq(~(sought & below).any())]
            if self.config.run_ahead > 1:
                m.d.comb += self.left.eq(sought.any())
            with m.If(self.enable):
                m.d.sync += column.eq(column ^ self.pick)
        for beat in range(self.config.beats):
            with m.If(self.write[beat]):
                part = slice(beat * size, (beat + 1) * size)
                m.d.sync += column[part].eq(self.column[part])
        return m

    def _slide(self, m: Module, sought: Value) -> None:
        """Pick the first in a window, which moves over a column that stays as it is."""
        pairs, window = self.config.pairs, self.config.window
        pointer = Signal(exact_log2(pairs), reset_less=True)
        passed = Signal(init=1)
        seen = Signal(window)
        rest = Signal(window)
        onward = Signal(range(pairs + window))
        first = seen & ~prefix_or(m, "seen", seen)
        second = rest & ~prefix_or(m, "rest", rest)
        to_second = [
            Cat(second[place] for place in range(window) if place >> bit & 1).any()
            for bit in range((window - 1).bit_length())
        ]
        m.d.comb += [
            seen.eq(Mux(passed, 0, sought >> pointer)),
            rest.eq(seen & ~first),
            self.pick.eq(first << pointer),
            onward.eq(pointer + Mux(rest.any(), Cat(to_second), window)),
            self.last.eq(passed | (onward >= pairs)),
        ]
        if self.config.run_ahead > 1:
            m.d.comb += self.left.eq(~passed)
        with m.If(self.enable):
            m.d.sync += [pointer.eq(onward), passed.eq(self.last)]
        with m.If(self.write.any()):
            m.d.sync += [pointer.eq(0), passed.eq(0)]


def prefix_or(m: Module, name: str, bits: Value) -> Value:
    """Return, for each bit, whether one below it is 1, by a tree of signals of that name."""
    distance = 1
    while distance < len(bits):
        # The upper half of each block takes the last bit of the lower half, which is complete.
        level = Signal(len(bits), name=f"{name}_{distance}")
        m.d.comb += level.eq(
            Cat(
                bit | bits[place // distance * distance - 1] if place // distance % 2 else bit
                for place, bit in enumerate(bits)
            )
        )
        bits = level
        distance *= 2
    return Cat(Const(0, 1), bits[:-1])
