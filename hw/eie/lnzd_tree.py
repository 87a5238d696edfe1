"""Tree of leading-non-zero detection nodes."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.shared_module import SharedModule
from zskip.hw.eie.interfaces import ActivationSource, ActivationSourceInterface
from zskip.hw.eie.lnzd_node import lnzd_node_signature
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN, tree_levels

NODE_MODULE = "zskip_eie_lnzd_node"
"""Verilog module of a node."""


class LnzdTree(wiring.Component):
    """Bring the PEs' non-zero activations to one stream (EIE paper, section IV).

    64 PEs take 16 + 4 + 1 nodes; one PE takes none and is passed through.

    Latency: one cycle for each level. Throughput: one activation a cycle. Stall rule: every node
    waits for the one above it.

    Parameters
    ----------
    config : Config
        Gives the PE count.

    Members
    -------
    i : In(ActivationSource) array of pe_count
        Non-zero activations of each PE.
    o : Out(ActivationSource)
        The root's activations.
    """

    i: list[ActivationSourceInterface]
    o: ActivationSourceInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(ActivationSource(config)).array(config.pe_count),
                "o": Out(ActivationSource(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        children = [flipped(child) for child in self.i]
        for level, width in enumerate(tree_levels(self.config)):
            nodes = []
            for number in range(width):
                node = SharedModule(NODE_MODULE, lnzd_node_signature(self.config))
                m.submodules[f"node_{level}_{number}"] = node
                group = children[number * FAN_IN : (number + 1) * FAN_IN]
                for port, child in zip(node.i, group, strict=False):
                    connect(m, child, port)
                nodes.append(node.o)
            children = nodes
        connect(m, children[0], flipped(self.o))
        return m
