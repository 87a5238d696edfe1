"""Bench of a block behind a UART: a job through the pins, as a host runs it."""

import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, with_timeout

from zskip.model.common.uart import LEAST_DIVISOR, RESYNC, Command, Status, load_messages
from zskip.verif.common.job import JOB_VARIABLE, Job, Record, progress_file
from zskip.verif.common.uart_line import UartLine

PERIOD_NS = 2
"""Clock period in the simulation."""

BIT_NS = LEAST_DIVISOR * PERIOD_NS

RUN_BITS = 1_000_000
"""Time in which a run and its results must have come, in bits."""


async def _answer(line: UartLine, request: bytes) -> tuple[list[int], Status]:
    """Send something that is answered with a status; return the words in front of it, and it."""
    answer = cocotb.start_soon(line.receive_run())
    await line.send(request)
    return await with_timeout(answer, RUN_BITS * BIT_NS, "ns")


@cocotb.test()
async def run_job(dut: Any) -> None:
    """Bring the block back from half a message, load the program, run every input vector."""
    folder = Path(os.environ[JOB_VARIABLE])
    job = Job.open(folder)
    line = UartLine(dut, BIT_NS)
    dut.rst.value = 1
    Clock(dut.clk, PERIOD_NS, unit="ns", impl="gpi").start()
    await ClockCycles(dut.clk, 2)
    dut.rst.value = 0
    idle = Status(busy=False, overflow=False, lost=False, error=0)
    await line.send(bytes([0x00, Command.LOAD, 0x12]))
    assert (await _answer(line, RESYNC + bytes([Command.STATUS]))) == ([], idle)
    await line.send(load_messages(job.load.tolist()))

    results, overflow = [], []
    status = idle
    with progress_file(folder).open("wb", buffering=0) as progress:
        for vector in job.inputs:
            await line.send(load_messages(vector.tolist()))
            words, status = await _answer(line, bytes([Command.START]))
            assert not status.busy, "the status behind the results is that of the end"
            assert not status.lost, "every byte must arrive"
            results.append(words)
            overflow.append(status.overflow)
            progress.write(b".")
    Record(
        results=np.array(results, dtype=np.uint64),
        error=status.error,
        overflow=np.array(overflow),
        cycles=0,
        seconds=0.0,
    ).save(folder)
