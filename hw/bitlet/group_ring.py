"""Ring of groups: those that the lanes of a compute engine may work on."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.finder import prefix_or
from zskip.hw.bitlet.selector import Selector


class GroupRing(wiring.Component):
    """Places that groups are written to in turn, and free again in the same order.

    Lanes work on the oldest group and on those behind it, up to the last one of its row, or on the
    oldest alone while `barrier` is 1.

    Latency: one cycle from `opens` to `visible`, or more until the row in front has ended.
    Throughput: one group a cycle. Stall rule: none; there is a place for a group where `full` is 0
    or `ends` is 1, and `ends` is 1 only where `open` is.

    Parameters
    ----------
    places : int
        Places.
    note_bits : int
        Bits of a note.

    Members
    -------
    opens : In(1)
        A group is complete in the next cycle, in the place `free`.
    last : In(1)
        It is the last of its row; with `opens`, as `note`.
    note : In(note_bits)
        What is kept of it beside that.
    ends : In(1)
        The oldest group ends.
    barrier : In(1)
        Show the oldest group alone; only with several places. It changes between rows only, while
        there is no group.
    full : Out(1)
        Every place has a group.
    free : Out(places)
        Where the next group goes, one bit.
    visible : Out(places)
        Groups to work on.
    oldest : Out(places)
        Where the oldest of them is, one bit.
    wrapped : Out(places)
        Places in front of that one, whose groups are younger than those from it on.
    open : Out(1)
        There is a group to work on.
    opening : Out(1)
        This is the first cycle in which the oldest is that.
    closing : Out(1)
        The oldest is the last of its row.
    o_note : Out(note_bits)
        The note of the oldest.
    """

    opens: Signal
    last: Signal
    note: Signal
    ends: Signal
    barrier: Signal
    full: Signal
    free: Signal
    visible: Signal
    oldest: Signal
    wrapped: Signal
    open: Signal
    opening: Signal
    closing: Signal
    o_note: Signal

    def __init__(self, *, places: int, note_bits: int) -> None:
        self.places = places
        self.note_bits = note_bits
        super().__init__(
            {
                "opens": In(1),
                "last": In(1),
                "note": In(note_bits),
                "ends": In(1),
                "barrier": In(int(places > 1)),
                "full": Out(1),
                "free": Out(places),
                "visible": Out(places),
                "oldest": Out(places),
                "wrapped": Out(places),
                "open": Out(1),
                "opening": Out(1),
                "closing": Out(1),
                "o_note": Out(note_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.selector = selector = Selector(pairs=self.places, bits=self.note_bits)
        free = Signal(self.places, init=1)
        oldest = Signal(self.places, init=1)
        held = Signal(self.places)
        last = Signal(self.places, reset_less=True)
        notes = Signal(self.places * self.note_bits, reset_less=True)
        coming = free & self.opens.replicate(self.places)
        going = oldest & self.ends.replicate(self.places)
        behind = (held & ~oldest).any()
        m.d.sync += [
            held.eq(coming | (held & ~going)),
            self.opening.eq((self.opens | behind) & (self.ends | ~self.open)),
        ]
        for place in range(self.places):
            with m.If(coming[place]):
                m.d.sync += last[place].eq(self.last)
                m.d.sync += notes.word_select(place, self.note_bits).eq(self.note)
        with m.If(self.opens):
            m.d.sync += free.eq(free.rotate_left(1))
        with m.If(self.ends):
            m.d.sync += oldest.eq(oldest.rotate_left(1))
        m.d.comb += [
            self.free.eq(free),
            self.oldest.eq(oldest),
            self.open.eq(held.any()),
            self.full.eq(held.all()),
            self.closing.eq((last & oldest).any()),
            selector.pick.eq(oldest),
            selector.items.eq(notes),
            self.o_note.eq(selector.o),
            self.visible.eq(held),
        ]
        if self.places > 1:
            shut = last | self.barrier.replicate(self.places)
            m.d.comb += [
                self.wrapped.eq(~(oldest | prefix_or(m, "in_front", oldest))),
                self.visible.eq(held & ~behind_any(m, "shut", shut, self.wrapped)),
            ]
        return m


def behind_any(m: Module, name: str, bits: Value, wrapped: Value) -> Value:
    """Return, for each place of a ring, whether the bit of an older one is 1.

    Parameters
    ----------
    m : Module
        Where signals of that name are made.
    name : str
    bits : Value
        A bit for each place.
    wrapped : Value
        Places that are younger than those behind them, as those of `GroupRing`.

    Returns
    -------
    Value
    """
    below = prefix_or(m, name, Cat(bits & ~wrapped, bits))
    return (below[: len(bits)] & ~wrapped) | (below[len(bits) :] & wrapped)
