"""A block behind AXI, as a system takes it: with clock and reset as AMBA names them."""

from typing import Any

from amaranth import Instance, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from zskip.hw.common.axi_shell import AxiShell, axi_members
from zskip.hw.common.engine import Hardware
from zskip.hw.common.verilog import convert
from zskip.model.common.config import EngineConfig
from zskip.model.common.identity import constants


class AxiTop(wiring.Component):
    """Accelerator behind AXI4-Lite (control) and AXI4-Stream (packets in, results out).

    Parameters
    ----------
    shell : str
        Verilog module of the block's `AxiShell`.

    Members
    -------
    aclk : In(1)
        Clock; everything happens at its rising edge.
    aresetn : In(1)
        Reset, active low: taken over at the rising edge, for at least one of them.
    """

    aclk: Signal
    aresetn: Signal

    def __init__(self, shell: str) -> None:
        self.shell = shell
        super().__init__({"aclk": In(1), "aresetn": In(1), **axi_members()})

    def elaborate(self, platform: object) -> Instance:
        ports = {
            f"{'i' if member.flow is In else 'o'}_{name}": getattr(self, name)
            for name, member in axi_members().items()
        }
        return Instance(self.shell, i_clk=self.aclk, i_rst=~self.aresetn, **ports)


def axi_module(hardware: Hardware[Any]) -> str:
    """Return the name of the Verilog module of a block behind AXI."""
    return f"{hardware.top}_axi"


def axi_verilog(hardware: Hardware[Any], config: EngineConfig) -> str:
    """Return the Verilog of a block behind AXI.

    Parameters
    ----------
    hardware : Hardware
        The block's.
    config : EngineConfig
        Its configuration.

    Returns
    -------
    str
        The top is `axi_module`; byte-identical for the same version and configuration.
    """
    top = axi_module(hardware)
    shell = f"{top}_shell"
    return "\n".join(
        [
            hardware.verilog(config),
            convert(
                AxiShell(
                    hardware.top,
                    constants(config),
                    streamed=config.streams_weights,
                    ahead=config.keeps_starts,
                ),
                shell,
            ),
            convert(AxiTop(shell), top),
        ]
    )
