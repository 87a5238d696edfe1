"""Bench of a block behind AXI with masters of somebody else: a job by registers and streams."""

import importlib
import os
from pathlib import Path
from typing import Any

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, RisingEdge, with_timeout

from zskip.model.common.bitfields import unpack
from zskip.model.common.registers import BY_NAME
from zskip.model.common.stream import LOAD_HEADER
from zskip.verif.common.block_stimulus import split_packets
from zskip.verif.common.job import JOB_VARIABLE, Job, Record, progress_file
from zskip.verif.common.streams import pauses

# It has no types.
axi: Any = importlib.import_module("cocotbext.axi")

PERIOD_NS = 2
"""Clock period in the simulation."""

PATIENCE = 20
"""Cycles in place of one without pauses, at most."""


class Host:
    """Masters of the bus and of both streams, which pause at random."""

    def __init__(self, dut: Any) -> None:
        self.dut = dut
        rng = np.random.default_rng(cocotb.RANDOM_SEED)
        clocked = {"reset": dut.aresetn, "reset_active_level": False}
        self.lite = axi.AxiLiteMaster(
            axi.AxiLiteBus.from_prefix(dut, "s_axil"), dut.aclk, **clocked
        )
        self.source = axi.AxiStreamSource(
            axi.AxiStreamBus.from_prefix(dut, "s_axis"), dut.aclk, **clocked
        )
        self.sink = axi.AxiStreamSink(
            axi.AxiStreamBus.from_prefix(dut, "m_axis"), dut.aclk, **clocked
        )
        write, read = self.lite.write_if, self.lite.read_if
        for channel in (
            *(write.aw_channel, write.w_channel, write.b_channel),
            *(read.ar_channel, read.r_channel, self.source, self.sink),
        ):
            channel.set_pause_generator(pauses("seldom", rng))

    async def write(self, name: str, value: int) -> None:
        """Write a register."""
        await self.lite.write_dword(BY_NAME[name].offset, value)

    async def read(self, name: str) -> int:
        """Read a register."""
        return await self.lite.read_dword(BY_NAME[name].offset)

    async def send(self, words: list[int]) -> None:
        """Send load packets, and wait until they are taken."""
        for packet in split_packets(words, LOAD_HEADER):
            data = np.array(packet, dtype="<u8").tobytes()
            await self.source.send(axi.AxiStreamFrame(data))
        await self.source.wait()

    async def receive(self, packets: int) -> list[int]:
        """Return the words of result packets."""
        words: list[int] = []
        for _ in range(packets):
            frame = await self.sink.recv()
            words += np.frombuffer(bytes(frame.tdata), dtype="<u8").tolist()
        return words


@cocotb.test()
async def run_job(dut: Any) -> None:
    """Load the program, run every input vector by interrupts."""
    folder = Path(os.environ[JOB_VARIABLE])
    job = Job.open(folder)
    dut.aresetn.value = 0
    Clock(dut.aclk, PERIOD_NS, unit="ns").start()
    host = Host(dut)
    await ClockCycles(dut.aclk, 4)
    dut.aresetn.value = 1
    await ClockCycles(dut.aclk, 2)
    await host.send(job.load.tolist())
    await host.write("IRQ_ENABLE", 1)
    limit = PATIENCE * (int(job.limits.sum()) + 1000) * PERIOD_NS
    results, overflow = [], []
    with progress_file(folder).open("wb", buffering=0) as progress:
        for vector in job.inputs.tolist():
            await host.send(vector)
            await host.write("CONTROL", 1)
            await with_timeout(RisingEdge(dut.irq), limit, "ns")
            status = unpack(BY_NAME["STATUS"].fields, await host.read("STATUS"))
            results.append(await host.receive(job.limits.size))
            overflow.append(bool(status["overflow"]))
            await host.write("IRQ_CAUSE", 1)
            progress.write(b".")
    Record(
        results=np.array(results, dtype=np.uint64),
        error=await host.read("ERROR"),
        overflow=np.array(overflow),
        cycles=0,
        seconds=0.0,
    ).save(folder)
