"""A block behind a UART: the top of a bitstream."""

from typing import Any

from amaranth import Cat, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect

from zskip.hw.common.block import block_signature
from zskip.hw.common.engine import Hardware
from zskip.hw.common.shared_module import SharedModule
from zskip.hw.common.uart_commands import UartCommands
from zskip.hw.common.uart_receiver import UartReceiver
from zskip.hw.common.uart_replies import UartReplies
from zskip.hw.common.uart_transmitter import UartTransmitter
from zskip.hw.common.verilog import convert
from zskip.model.common.config import EngineConfig
from zskip.model.common.uart import BUSY_BIT, ERROR_BIT, LOST_BIT, OVERFLOW_BIT

TOP_MODULE = "zskip_uart"
"""Verilog module."""


class UartTop(wiring.Component):
    """A block with a serial line in place of its streams; `zskip.model.common.uart` has the words.

    The status is sent when a run ends, behind its results.

    Parameters
    ----------
    block : str
        Verilog module of the block.
    divisor : int
        Cycles of a bit, at least `LEAST_DIVISOR`.

    Members
    -------
    rx : In(1)
        Line from the host.
    tx : Out(1)
        Line to the host.
    """

    rx: Signal
    tx: Signal

    def __init__(self, block: str, *, divisor: int) -> None:
        self.block = block
        self.divisor = divisor
        super().__init__({"rx": In(1), "tx": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.receiver = receiver = UartReceiver(divisor=self.divisor)
        m.submodules.commands = commands = UartCommands()
        m.submodules.replies = replies = UartReplies()
        m.submodules.transmitter = transmitter = UartTransmitter(divisor=self.divisor)
        reset = Signal()
        m.submodules.block = block = SharedModule(self.block, block_signature(), reset=reset)
        connect(m, commands.o, block.i)
        connect(m, block.o, replies.i)
        connect(m, replies.o, transmitter.i)
        status = Signal(8)
        places = {
            BUSY_BIT: block.busy,
            OVERFLOW_BIT: block.overflow,
            LOST_BIT: commands.lost,
            ERROR_BIT: block.error,
        }
        m.d.comb += [
            *(status[bit : bit + len(value)].eq(value) for bit, value in places.items()),
            receiver.rx.eq(self.rx),
            commands.octet.eq(receiver.octet),
            commands.valid.eq(receiver.valid),
            commands.broken.eq(receiver.broken),
            reset.eq(Cat(ResetSignal(), commands.reset).any()),
            block.start.eq(commands.start),
            replies.query.eq(commands.query | block.done),
            replies.status.eq(status),
            self.tx.eq(transmitter.tx),
        ]
        return m


def uart_verilog(hardware: Hardware[Any], config: EngineConfig, divisor: int) -> str:
    """Return the Verilog of a block behind a UART.

    Parameters
    ----------
    hardware : Hardware
        The block's.
    config : EngineConfig
        Its configuration.
    divisor : int
        Cycles of a bit, at least `LEAST_DIVISOR`.

    Returns
    -------
    str
        The top is `TOP_MODULE`.
    """
    return "\n".join(
        [hardware.verilog(config), convert(UartTop(hardware.top, divisor=divisor), TOP_MODULE)]
    )
