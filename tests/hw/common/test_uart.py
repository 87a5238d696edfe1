"""The units behind a serial line; oracles: bytes, levels of the line, messages."""

import pytest

from zskip.hw.common.uart_commands import UartCommands
from zskip.hw.common.uart_receiver import UartReceiver
from zskip.hw.common.uart_replies import UartReplies
from zskip.hw.common.uart_transmitter import UartTransmitter
from zskip.verif.common.unit_run import UnitRun


@pytest.mark.parametrize("divisor", [4, 7, 64])
def test_receiver(run_unit: UnitRun, divisor: int) -> None:
    run_unit(UartReceiver(divisor=divisor), "tb_uart_receiver", divisor=divisor)


@pytest.mark.parametrize("divisor", [2, 5])
def test_transmitter(run_unit: UnitRun, divisor: int) -> None:
    run_unit(UartTransmitter(divisor=divisor), "tb_uart_transmitter", divisor=divisor)


def test_commands(run_unit: UnitRun) -> None:
    run_unit(UartCommands(), "tb_uart_commands")


def test_replies(run_unit: UnitRun) -> None:
    run_unit(UartReplies(), "tb_uart_replies")
