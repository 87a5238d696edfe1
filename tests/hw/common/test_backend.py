"""What the writer of Verilog refuses, and what else it must get right; oracle: its contract."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from amaranth import ClockDomain, ClockSignal, Const, Instance, Module, Print, Signal
from amaranth.hdl import Assert, Elaboratable, EnableInserter, IOPort
from amaranth.lib import io, memory, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.verilog import convert
from zskip.model.common.errors import InputError


class Unit(wiring.Component):
    """Does what a test says."""

    def __init__(self, build: Callable[[Module, Any], None], **ports: Any) -> None:
        self._build = build
        super().__init__({"a": In(4), "o": Out(4), **ports})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        self._build(m, self)
        return m


def another_domain(m: Module, unit: Any) -> None:
    m.d.pixel += unit.o.eq(unit.a)


def another_clock(m: Module, unit: Any) -> None:
    m.d.comb += unit.o.eq(ClockSignal("pixel"))


def falling_edge(m: Module, unit: Any) -> None:
    m.domains.sync = ClockDomain(clk_edge="neg")
    m.d.sync += unit.o.eq(unit.a)


def asynchronous_reset(m: Module, unit: Any) -> None:
    m.domains.sync = ClockDomain(async_reset=True)
    m.d.sync += unit.o.eq(unit.a)


def a_print(m: Module, unit: Any) -> None:
    m.d.sync += Print(unit.a)


def an_assert(m: Module, unit: Any) -> None:
    m.d.comb += Assert(unit.a == 1, "a must be one")


def a_pad(m: Module, unit: Any) -> None:
    m.submodules.pad = io.Buffer(io.Direction.Bidir, io.SingleEndedPort(IOPort(4, name="pad")))


def no_words(m: Module, unit: Any) -> None:
    m.submodules.none = none = memory.Memory(shape=4, depth=0, init=[])
    m.d.comb += unit.o.eq(none.read_port().data)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (another_domain, "unit must have no ports but its own, .* but has pixel_clk: use one"),
        (another_clock, "but has pixel_clk: use one clock domain"),
        (falling_edge, "unit must use the clock domain sync that it is given, but makes sync"),
        (asynchronous_reset, "that it is given, but makes sync: take it out of m.domains"),
        (a_print, "must hold only logic, registers and memories .* but has a Print: take it out"),
        (an_assert, "but has an Assert, Assume or Cover: take it out"),
        (a_pad, "unit_pad must have no ports but its own, .* but has pad"),
        (no_words, "but has the memory none without words: take it out"),
    ],
)
def test_what_has_no_verilog_is_refused(build: Callable[..., None], message: str) -> None:
    with pytest.raises(InputError, match=message):
        convert(Unit(build), "unit")


def test_ports_must_have_plain_names() -> None:
    with pytest.raises(InputError, match="ports that Verilog can name, but has end: rename it"):
        convert(Unit(lambda m, unit: None, end=In(1)), "unit")


def test_parameters_keep_their_types() -> None:
    def build(m: Module, unit: Any) -> None:
        values = {"p_A": 5, "p_B": "a b", "p_C": Const(-3, 4), "p_D": Const(3, 4), "p_E": 1.5}
        m.submodules.inner = Instance("other", **values, i_a=unit.a, o_o=unit.o)

    text = convert(Unit(build), "unit")
    assert """other #(.A(5), .B("a b"), .C(4'sb1101), .D(4'b0011), .E(1.5)) inner (""" in text


def test_signals_that_cross_a_border_become_ports() -> None:
    class Sum(Elaboratable):
        def __init__(self, unit: Any) -> None:
            self.unit = unit

        def elaborate(self, platform: object) -> Module:
            m = Module()
            m.d.sync += self.unit.o.eq(self.unit.o + self.unit.a)
            return m

    def build(m: Module, unit: Any) -> None:
        enable = Signal()
        m.d.comb += enable.eq(unit.a[0])
        m.submodules.sum = EnableInserter(enable)(Sum(unit))

    text = convert(Unit(build), "unit")
    assert "module unit_sum (" in text
    assert ".enable(a[0])" in text
    assert ".o(o)" in text


def test_long_chains_of_operators() -> None:
    def build(m: Module, unit: Any) -> None:
        links = [Signal(4) for _ in range(400)]
        for link, following in pairwise(links):
            m.d.comb += link.eq(following + unit.a)
        m.d.comb += unit.o.eq(links[0])

    assert convert(Unit(build), "unit").count(" + ") > 300
