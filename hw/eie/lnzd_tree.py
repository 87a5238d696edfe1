"""Tree of leading-non-zero detection nodes."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.shared_module import SharedModule
from zskip.hw.eie.interfaces import activation_stream
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
    i : In(stream) array of pe_count
        Non-zero activations of each PE.
    o : Out(stream)
        The root's activations.
    busy : Out(1)
        A node holds an activation.
    """

    i: list[stream.Interface]
    o: stream.Interface
    busy: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(activation_stream(config)).array(config.pe_count),
                "o": Out(activation_stream(config)),
                "busy": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        children = [flipped(child) for child in self.i]
        held: list[Value] = []
        for level, width in enumerate(tree_levels(self.config)):
            nodes = []
            for number in range(width):
                node = SharedModule(NODE_MODULE, lnzd_node_signature(self.config))
                m.submodules[f"node_{level}_{number}"] = node
                group = children[number * FAN_IN : (number + 1) * FAN_IN]
                for port, child in zip(node.i, group, strict=False):
                    connect(m, child, port)
                nodes.append(node.o)
                held.append(node.o.valid)
            children = nodes
        connect(m, children[0], flipped(self.o))
        m.d.comb += self.busy.eq(Cat(held).any())
        return m
