"""Selector of a lane: one item of many."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class Selector(wiring.Component):
    """Give the item that is picked, by ANDs and ORs.

    Latency: none.

    Parameters
    ----------
    pairs : int
        Items.
    bits : int
        Bits of an item.

    Members
    -------
    pick : In(pairs)
        One bit, or none.
    items : In(pairs * bits)
        The items, the first in the lowest bits.
    o : Out(bits)
        The item; 0 without a pick.
    """

    pick: Signal
    items: Signal
    o: Signal

    def __init__(self, *, pairs: int, bits: int) -> None:
        self.pairs = pairs
        self.bits = bits
        super().__init__({"pick": In(pairs), "items": In(pairs * bits), "o": Out(bits)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        items = [self.items.word_select(pair, self.bits) for pair in range(self.pairs)]
        for bit in range(self.bits):
            column = Cat(item[bit] for item in items)
            m.d.comb += self.o[bit].eq((column & self.pick).any())
        return m
