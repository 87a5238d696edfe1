"""Comparison of some Verilog of an array with the golden model."""

from zskip.hw.eie.names import TOP_MODULE
from zskip.model.eie.accelerator import run
from zskip.model.eie.network import Network
from zskip.verif.common.simulator import Simulator, build
from zskip.verif.eie.block import BLOCK
from zskip.verif.eie.stimulus import random_activations


def compare(network: Network, verilog: str, seed: int) -> None:
    """Run four random input vectors in Icarus, and compare every output and counter."""
    activations = random_activations(network.layers[0].inputs, 4, seed)
    compiled = build(verilog, top=TOP_MODULE, simulator=Simulator.ICARUS)
    simulation = BLOCK.simulate(network, activations, compiled)
    BLOCK.check(network, run(network, activations), simulation)
