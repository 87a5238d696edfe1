"""Properties of AXI that hold in every cycle, beside the units that must have them.

Each class is a unit with assertions, and assumptions about the other side of its channels, from the
AMBA specifications: what is offered stays as it is until it is taken; a response has a request, and
every request a response. Assertions about the registers inside make the proof by induction short.
"""

import importlib
from collections.abc import Sequence
from typing import Any

from amaranth import Cat, Module, Mux, Signal, Value

from zskip.hw.common.axi_buffer import AxiBuffer
from zskip.hw.common.axi_lite import AxiLite
from zskip.hw.common.axi_outlet import AxiOutlet

# The types of Amaranth that come with its stubs ask for messages, which are optional.
_hdl: Any = importlib.import_module("amaranth.hdl")
Assert, Assume, Cover = _hdl.Assert, _hdl.Assume, _hdl.Cover

MOST_REQUESTS = 8
"""More requests than are under way at a time."""


class _Observer:
    """What is remembered of the cycles before."""

    def __init__(self, m: Module) -> None:
        self.m = m

    def holds(self, valid: Value, ready: Value, payload: Value, *, ours: bool) -> None:
        """Assert, or assume of the other side, that an offer stays until it is taken."""
        check = Assert if ours else Assume
        waited = Signal()
        payload_before = Signal(len(payload))
        self.m.d.sync += [waited.eq(valid & ~ready), payload_before.eq(payload)]
        with self.m.If(waited):
            self.m.d.comb += [check(valid), check(payload == payload_before)]

    def counter(self, up: Value, down: Value) -> Signal:
        """Return how often one thing happened more than another."""
        count = Signal(range(MOST_REQUESTS + 1))
        self.m.d.sync += count.eq(count + up - down)
        return count


def _held(m: Module, buffer: AxiBuffer) -> Value:
    """Return how many items a buffer holds; one in front of the output is never alone."""
    m.d.comb += Assert(buffer.i.ready | buffer.o.valid)
    return buffer.o.valid + ~buffer.i.ready


class AxiLiteProperties(AxiLite):
    """The slave, and what AXI4-Lite asks of it."""

    def elaborate(self, platform: object) -> Module:
        """Add the properties."""
        m = super().elaborate(platform)
        seen = _Observer(m)
        for valid, ready, payload in (
            (self.awvalid, self.awready, self.awaddr),
            (self.wvalid, self.wready, Cat(self.wdata, self.wstrb)),
            (self.arvalid, self.arready, self.araddr),
        ):
            seen.holds(valid, ready, payload, ours=False)
        seen.holds(self.bvalid, self.bready, self.bresp, ours=True)
        seen.holds(self.rvalid, self.rready, Cat(self.rdata, self.rresp), ours=True)
        sub = m.submodules
        wrote, read = self.bvalid & self.bready, self.rvalid & self.rready
        for buffers, taken, answered, response in (
            ((sub.aw, sub.b), self.awvalid & self.awready, wrote, self.bvalid),
            ((sub.w, sub.b), self.wvalid & self.wready, wrote, self.bvalid),
            ((sub.ar, sub.r), self.arvalid & self.arready, read, self.rvalid),
        ):
            requests = seen.counter(taken, answered)
            m.d.comb += Assert(requests == sum((_held(m, part) for part in buffers), Value.cast(0)))
            with m.If(response):
                m.d.comb += Assert(requests != 0)
        self._answers(m, seen, [sub.aw, sub.w], self.bvalid, self.bready)
        self._answers(m, seen, [sub.ar], self.rvalid, self.rready)
        m.d.comb += [
            Assert(~self.bresp[0] | ~self.bvalid),
            Assert(~sub.b.spare[0] | ~sub.b.held),
            Assert(self.rresp == 0),
            Cover(wrote & read & (self.bresp == 2)),
            Cover(~self.awready & ~self.wready & ~self.arready),
        ]
        return m

    def _answers(
        self, m: Module, seen: _Observer, buffers: Sequence[AxiBuffer], valid: Signal, ready: Signal
    ) -> None:
        """Assert that a request that is there is answered in the next cycle."""
        waiting = Cat(buffer.o.valid for buffer in buffers).all() | (valid & ~ready)
        pending = Signal()
        m.d.sync += pending.eq(waiting)
        with m.If(pending):
            m.d.comb += Assert(valid)


class AxiBufferProperties(AxiBuffer):
    """A buffer of a stream, which is not cleared, and what AXI4-Stream asks of its output."""

    def elaborate(self, platform: object) -> Module:
        """Add the properties."""
        m = super().elaborate(platform)
        seen = _Observer(m)
        m.d.comb += Assume(~self.clear)
        seen.holds(self.i.valid, self.i.ready, self.i.payload, ours=False)
        seen.holds(self.o.valid, self.o.ready, self.o.payload, ours=True)
        taken, given = self.i.valid & self.i.ready, self.o.valid & self.o.ready
        items = seen.counter(taken, given)
        m.d.comb += [
            Assert(items == _held(m, self)),
            Cover(~self.i.ready & given),
        ]
        self._order(m, taken, given, items)
        return m

    def _order(self, m: Module, taken: Value, given: Value, items: Signal) -> None:
        """Assert that a marked item comes out as it went in, behind those in front of it."""
        mark = Signal()
        inside, place, value = Signal(), Signal.like(items), Signal(self.width)
        m.d.comb += mark.eq(taken & self.i.payload[0] & ~inside)
        left = items - Mux(given, 1, 0)
        with m.If(mark):
            m.d.sync += [inside.eq(1), place.eq(left), value.eq(self.i.payload)]
        with m.Elif(inside & given):
            m.d.sync += [place.eq(place - 1), inside.eq(place != 0)]
        with m.If(inside):
            m.d.comb += Assert(place < items)
            m.d.comb += Assert(Mux(place == 0, self.o.payload, self.spare) == value)
        m.d.comb += Cover(inside & given & (place == 1))


class AxiOutletProperties(AxiOutlet):
    """The outlet, in front of a buffer: packets end, also those that a reset of the block cuts."""

    def elaborate(self, platform: object) -> Module:
        """Add the properties."""
        m = super().elaborate(platform)
        given = self.o.valid & self.o.ready
        begun, cut = Signal(), Signal()
        with m.If(given):
            m.d.sync += [begun.eq(~self.o.payload.last), cut.eq(0)]
        with m.Elif(self.cut):
            m.d.sync += cut.eq(begun)
        m.d.comb += [Assert(self.open == begun), Assert(self.ending == cut)]
        with m.If(cut):
            m.d.comb += [
                Assert(self.o.valid & self.o.payload.last & (self.o.payload.data == 0)),
                Assert(~self.i.ready),
                Assert(begun),
            ]
        with m.Elif(self.cut):
            m.d.comb += Assert(~self.o.valid)
        with m.Else():
            m.d.comb += [
                Assert(self.o.valid == self.i.valid),
                Assert(self.o.payload == self.i.payload),
                Assert(self.i.ready == self.o.ready),
            ]
        m.d.comb += Cover(cut & given)
        return m
