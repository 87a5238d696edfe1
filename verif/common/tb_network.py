"""Bench of a whole block: run a job's input vectors, one after the other, without a reset."""

import os
import time
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge, RisingEdge, with_timeout
from cocotb.utils import get_sim_time

from zskip.model.common.stream import STREAM_BITS
from zskip.verif.common.job import JOB_VARIABLE, Job, Record, progress_file
from zskip.verif.common.words import WordSink, WordSource

PERIOD_NS = 2
"""Clock period in the simulation; only cycles are reported."""


class _Meter:
    """Wall-clock time and simulated cycles spent while the block computes."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.cycles = 0

    async def wait(self, event: RisingEdge, limit: int) -> None:
        """Wait for an event, `limit` cycles at most, and add up the time."""
        began, time_ns = time.perf_counter(), get_sim_time("ns")
        await with_timeout(event, limit * PERIOD_NS, "ns")
        self.seconds += time.perf_counter() - began
        self.cycles += round((get_sim_time("ns") - time_ns) / PERIOD_NS)


async def _receive_packet(dut: Any, sink: WordSink, meter: _Meter, limit: int) -> list[int]:
    """Return the words of the next result packet, of which each comes within `limit` cycles."""
    if not dut.o__valid.value:
        await meter.wait(RisingEdge(dut.o__valid), limit)
        await FallingEdge(dut.clk)
    words = []
    last = 0
    while not last:
        beat = await sink.receive(limit * PERIOD_NS)
        words.append(beat & ((1 << STREAM_BITS) - 1))
        last = beat >> STREAM_BITS
    return words


@cocotb.test()
async def run_job(dut: Any) -> None:
    """Load the program, then run every input vector and record what comes out."""
    folder = Path(os.environ[JOB_VARIABLE])
    job = Job.open(folder)
    source, sink, meter = WordSource(dut, "i"), WordSink(dut, "o"), _Meter()
    dut.start.value = 0
    dut.rst.value = 1
    Clock(dut.clk, PERIOD_NS, unit="ns", impl="gpi").start()
    await ClockCycles(dut.clk, 2)
    await FallingEdge(dut.clk)
    dut.rst.value = 0
    await FallingEdge(dut.clk)
    await source.send(job.load.tolist())

    results, overflow = [], []
    with progress_file(folder).open("wb", buffering=0) as progress:
        for vector in job.inputs:
            await source.send(vector.tolist())
            dut.start.value = 1
            await FallingEdge(dut.clk)
            dut.start.value = 0
            sending = cocotb.start_soon(source.send(job.tiles.tolist()))
            words = []
            for limit in job.limits.tolist():
                words += await _receive_packet(dut, sink, meter, limit)
            await sending
            results.append(words)
            overflow.append(bool(dut.overflow.value))
            progress.write(b".")
    Record(
        results=np.array(results, dtype=np.uint64),
        error=dut.error.value.to_unsigned(),
        overflow=np.array(overflow),
        cycles=meter.cycles,
        seconds=meter.seconds,
    ).save(folder)
