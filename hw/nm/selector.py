"""Selector: positions of weights become the activations that they meet."""

from collections.abc import Mapping

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.nm.interfaces import window_bits
from zskip.model.nm.config import Config


class Selector(wiring.Component):
    """Give each weight of a row the activation at its position in its group.

    Positions ascend within a group, so that weight ``j`` of ``n`` can only stand at the positions
    ``j`` to ``m - n + j``: no other activation has a way to it.

    Latency: none.

    Parameters
    ----------
    config : Config
        A configuration that is not dense.

    Members
    -------
    positions : In(slots * position_bits)
        Positions of the weights, the first weight in the lowest bits.
    x : In(window * activation_bits)
        Activations of all groups, the first in the lowest bits.
    o : Out(slots * activation_bits)
        Activation of each weight; of no meaning where the positions are illegal.
    illegal : Out(1)
        The positions of a group do not ascend.
    """

    positions: Signal
    x: Signal
    o: Signal
    illegal: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "positions": In(config.slots * config.position_bits),
                "x": In(window_bits(config)),
                "o": Out(config.slots * config.activation_bits),
                "illegal": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        n, size = self.config.n, self.config.m
        bits, wide = self.config.position_bits, self.config.activation_bits
        places = [self.positions.word_select(slot, bits) for slot in range(self.config.slots)]
        selected: list[Value] = []
        falls: list[Value] = []
        for slot, place in enumerate(places):
            group, number = divmod(slot, n)
            within_reach = range(number, size - n + number + 1)
            options = {at: self.x.word_select(group * size + at, wide) for at in within_reach}
            selected.append(pick(place, options))
            if number:
                falls.append(place <= places[slot - 1])
        m.d.comb += [self.o.eq(Cat(selected)), self.illegal.eq(Cat(falls).any())]
        return m


def pick(number: Value, options: Mapping[int, Value]) -> Value:
    """Return the option of a number by a tree of two-way choices; any for a number without one."""
    if len(options) == 1:
        return next(iter(options.values()))
    top = len(number) - 1
    halves = [
        {key & ~(1 << top): value for key, value in options.items() if key >> top == upper}
        for upper in (0, 1)
    ]
    low, high = (pick(number[:top], half) if half else None for half in halves)
    if low is None or high is None:
        chosen = high if low is None else low
        assert chosen is not None
        return chosen
    return Mux(number[top], high, low)
