"""Bench of the driver: real inputs through the RTL, over the registers and streams of cocotb."""

import json
import os
from pathlib import Path

import cocotb
import numpy as np
import pytest
from cocotb.handle import HierarchyObject
from cocotb.task import bridge

from zskip.driver.accelerator import Accelerator, Inference
from zskip.driver.simulated import SimulatedTransport
from zskip.files.network import load
from zskip.model.common.errors import RunFailure
from zskip.verif.common.axi_host import AxiHost


@cocotb.test()
async def drive(dut: HierarchyObject) -> None:
    """Run inputs; a refused packet and a start without an input leave the block usable."""
    folder = Path(os.environ["ZSKIP_DRIVER_FOLDER"])
    host = AxiHost(dut)
    await host.bench.start()

    def software() -> tuple[np.ndarray, dict[str, int]]:
        network = load(folder / "net.npz")
        accelerator = Accelerator(SimulatedTransport(host), network.config)
        infer = Inference(accelerator, network)
        inputs = np.load(folder / "inputs.npy")
        with pytest.raises(RunFailure, match=r"the block has TARGET .* header 0x00001000000000ff"):
            accelerator.run([1 << 44 | 0xFF, 0])
        with pytest.raises(RunFailure, match="the block has INPUT"):
            accelerator.run()
        with pytest.raises(RunFailure, match="must answer with OKAY"):
            accelerator.transport.write(0, 1)
        accelerator.write("CONTROL", clear_totals=1)
        return infer(inputs), accelerator.counters()

    outputs, counters = await bridge(software)()
    np.save(folder / "outputs.npy", outputs)
    (folder / "counters.json").write_text(json.dumps(counters))
