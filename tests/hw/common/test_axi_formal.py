"""Properties of AXI by k-induction; oracle: the rules of `zskip.verif.common.axi_properties`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from amaranth import Module
from amaranth.lib import wiring

from zskip.hw.common.axi_buffer import AxiBuffer
from zskip.hw.common.axi_outlet import AxiOutlet
from zskip.model.common.errors import RunFailure
from zskip.verif.common.axi_properties import (
    AxiBufferProperties,
    AxiLiteProperties,
    AxiOutletProperties,
)
from zskip.verif.common.formal import missing_tools, prove

DEPTH = 6

UNITS: dict[str, Callable[[], wiring.Component]] = {
    "lite": AxiLiteProperties,
    "buffer": lambda: AxiBufferProperties(4),
    "outlet": AxiOutletProperties,
}

Fault = Callable[[Module, wiring.Component], None]

pytestmark = pytest.mark.skipif(
    bool(missing_tools()), reason=f"a proof needs {', '.join(missing_tools())} in PATH"
)


def answer_without_a_request(m: Module, unit: wiring.Component) -> None:
    m.d.comb += m.submodules.r.i.valid.eq(1)


def address_taken_alone(m: Module, unit: wiring.Component) -> None:
    m.d.comb += m.submodules.aw.o.ready.eq(1)


def payload_changes(m: Module, unit: wiring.Component) -> None:
    assert isinstance(unit, AxiBuffer)
    m.d.sync += unit.o.payload.eq(unit.i.payload)


def item_lost(m: Module, unit: wiring.Component) -> None:
    assert isinstance(unit, AxiBuffer)
    m.d.comb += unit.i.ready.eq(1)


def packet_not_ended(m: Module, unit: wiring.Component) -> None:
    assert isinstance(unit, AxiOutlet)
    m.d.comb += unit.o.payload.last.eq(0)


FAULTS: dict[Fault, str] = {
    answer_without_a_request: "lite",
    address_taken_alone: "lite",
    payload_changes: "buffer",
    item_lost: "buffer",
    packet_not_ended: "outlet",
}
"""Mistakes in units, which the properties must find."""


@pytest.mark.parametrize("unit", UNITS)
def test_properties_hold_for_all_time(unit: str, tmp_path: Path) -> None:
    prove(UNITS[unit](), tmp_path, depth=DEPTH)


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.__name__ for fault in FAULTS])
def test_fault_is_found(fault: Fault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unit: Any = UNITS[FAULTS[fault]]()
    elaborate = unit.elaborate

    def with_fault(platform: object) -> Module:
        m = elaborate(platform)
        fault(m, unit)
        return m

    monkeypatch.setattr(unit, "elaborate", with_fault)
    with pytest.raises(RunFailure, match="must hold, but a proof"):
        prove(unit, tmp_path, depth=DEPTH)
