"""Bench of a block behind AXI: a job by its registers and streams, as a driver runs it."""

import os
from pathlib import Path

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.verif.common.axi_host import AxiHost, Pauses
from zskip.verif.common.job import JOB_VARIABLE, Job, Record, progress_file

PATIENCE = 8
"""Cycles in place of one without pauses, at most."""


async def _run(
    host: AxiHost, vector: list[int], tiles: list[int], packets: int, limit: int
) -> list[int]:
    """Run an input vector; return the words of its results."""
    host.send(vector)
    await host.sent()
    await host.write("CONTROL", start=1)
    host.send(tiles)
    await host.interrupted(limit)
    assert await host.fields("IRQ_CAUSE") == {"done": 1, "error": 0}
    await host.write("IRQ_CAUSE", done=1)
    assert not (await host.fields("IRQ_CAUSE"))["done"]
    results: list[list[int]] = []
    while len(results) < packets:
        await host.bench.step(10)
        results += host.received()
    status = await host.fields("STATUS")
    assert (status["busy"], status["done"], status["loading"], status["sending"]) == (0, 1, 0, 0)
    assert len(results) == packets
    words = [word for packet in results for word in packet]
    assert await host.read("READ_BEATS") == len(words)
    assert await host.read("READ_CYCLES") == len(words) + await host.read("WAIT_CYCLES")
    return words


@cocotb.test()
async def run_job(dut: HierarchyObject) -> None:
    """Load the program, run every input vector by interrupts; all channels pause at random."""
    folder = Path(os.environ[JOB_VARIABLE])
    job = Job.open(folder)
    host = AxiHost(dut, Pauses(send="seldom", receive="bursts", ask="mostly", answer="seldom"))
    await host.bench.start()
    host.send(job.load.tolist())
    await host.write("IRQ_ENABLE", done=1, error=1)
    limit = PATIENCE * (int(job.limits.sum()) + job.inputs[0].size + 1000)
    tiles = job.tiles.tolist()
    results, overflow, cycles = [], [], 0
    with progress_file(folder).open("wb", buffering=0) as progress:
        for number, vector in enumerate(job.inputs.tolist()):
            results.append(await _run(host, vector, tiles, job.limits.size, limit))
            overflow.append(bool((await host.fields("STATUS"))["overflow"]))
            cycles += await host.read("RUN_CYCLES")
            beats = len(vector) + len(tiles) + (0 if number else job.load.size)
            assert await host.read("LOAD_BEATS") == beats
            assert await host.read("LOAD_CYCLES") >= beats
            progress.write(b".")
    assert await host.read("TOTAL_RUNS") == len(job.inputs)
    assert await host.read("TOTAL_CYCLES") == cycles
    beats = job.load.size + job.inputs.size + len(job.inputs) * len(tiles)
    assert await host.read("TOTAL_LOAD_BEATS") == beats
    assert await host.read("TOTAL_READ_BEATS") == sum(map(len, results))
    await host.check_waits()
    await host.write("CONTROL", clear_totals=1)
    assert await host.read("TOTAL_CYCLES") == 0
    error = await host.fields("ERROR")
    Record(
        results=np.array(results, dtype=np.uint64),
        error=error["code"],
        overflow=np.array(overflow),
        cycles=cycles,
        seconds=0.0,
    ).save(folder)
