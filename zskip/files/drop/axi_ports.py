"""Ports of a block behind AXI, with what each is for."""

from amaranth.lib import wiring
from amaranth.lib.wiring import In

from zskip.hw.common.axi_lite import AxiLite
from zskip.hw.common.axi_shell import axi_members
from zskip.hw.common.axi_top import AxiTop
from zskip.hw.common.docstrings import section
from zskip.hw.common.ports import CLOCK_AND_RESET, Port, module_ports

_STREAMS = {
    "s_axis_tdata": "A word of a load packet.",
    "s_axis_tvalid": "There is one; it stays until it is taken.",
    "s_axis_tready": "It is taken.",
    "s_axis_tlast": "It is the last word of its load packet.",
    "m_axis_tdata": "A word of a result packet.",
    "m_axis_tvalid": "There is one; it stays until it is taken.",
    "m_axis_tready": "It is taken.",
    "m_axis_tlast": "It is the last word of its result packet.",
    "irq": "High while an event of IRQ_CAUSE is there that IRQ_ENABLE has.",
}


def axi_ports() -> list[Port]:
    """Return the ports of every block behind AXI.

    Returns
    -------
    list of Port
    """
    lite = {f"s_axil_{name}": text for name, text in section(AxiLite, "Members").items()}
    meanings = section(AxiTop, "Members") | lite | _STREAMS
    signature = wiring.Signature({"aclk": In(1), "aresetn": In(1), **axi_members()})
    ports = module_ports(AxiTop, signature)[len(CLOCK_AND_RESET) :]
    return [port._replace(meaning=meanings[port.name]) for port in ports]
