"""Tree of leading-non-zero detection nodes."""

from amaranth import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.shared_module import SharedModule
from zskip.hw.eie.interfaces import (
    ActivationBranchInterface,
    ActivationSource,
    ActivationSourceInterface,
    activation_branch,
)
from zskip.hw.eie.lnzd_node import LnzdNode, lnzd_node_signature
from zskip.hw.eie.round_node import RoundNode, round_node_signature
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN, tree_levels

NODE_MODULE = "zskip_eie_lnzd_node"
"""Verilog module of a node."""


def node(config: Config) -> LnzdNode | RoundNode:
    """Return a node of the tree as the configuration has it."""
    return RoundNode(config) if config.in_rounds else LnzdNode(config)


def node_signature(config: Config) -> wiring.Signature:
    """Return its ports."""
    return round_node_signature(config) if config.in_rounds else lnzd_node_signature(config)


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

    i: list[ActivationBranchInterface]
    o: ActivationSourceInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(activation_branch(config)).array(config.pe_count),
                "o": Out(ActivationSource(config)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        children = [flipped(child) for child in self.i]
        signature = node_signature(self.config)
        for level, width in enumerate(tree_levels(self.config)):
            nodes = []
            for number in range(width):
                node = SharedModule(NODE_MODULE, signature)
                m.submodules[f"node_{level}_{number}"] = node
                group = children[number * FAN_IN : (number + 1) * FAN_IN]
                for port, child in zip(node.i, group, strict=False):
                    connect(m, child, port)
                nodes.append(node.o)
            children = nodes
        root = children[0]
        if self.config.in_rounds:
            # Nothing waits for the root to end a round.
            m.d.comb += root.turn.eq(root.round)
        connect(m, root.stream, flipped(self.o.stream))
        m.d.comb += self.o.more.eq(root.more)
        return m
