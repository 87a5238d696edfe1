"""Tree of leading-non-zero detection nodes."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.shared_module import SharedModule
from zskip.hw.eie.group_node import GroupNode, group_node_signature
from zskip.hw.eie.interfaces import (
    ActivationBranchInterface,
    ActivationSourceInterface,
    activation_branch,
    activation_source,
)
from zskip.hw.eie.lnzd_node import LnzdNode, lnzd_node_signature
from zskip.hw.eie.round_node import RoundNode, round_node_signature
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import lnzd_levels
from zskip.model.eie.passes import GROUP_BITS

NODE_MODULE = "zskip_eie_lnzd_node"
"""Verilog module of a node."""

GROUP_NODE_MODULE = "zskip_eie_group_node"
"""Verilog module of a node above PEs that offer words."""


def tree_nodes(config: Config) -> dict[str, LnzdNode | RoundNode]:
    """Return the nodes of the tree, each once, by the names of their Verilog modules."""
    nodes: dict[str, LnzdNode | RoundNode] = {}
    if config.in_groups:
        nodes[GROUP_NODE_MODULE] = GroupNode(config)
    if len(lnzd_levels(config)) > config.in_groups:
        nodes[NODE_MODULE] = RoundNode(config) if config.in_rounds else LnzdNode(config)
    return nodes


def _module(level: int, config: Config) -> SharedModule:
    """Return a node of a level of the tree."""
    if config.in_groups and level == 0:
        return SharedModule(GROUP_NODE_MODULE, group_node_signature(config))
    if config.in_rounds:
        return SharedModule(NODE_MODULE, round_node_signature(config))
    return SharedModule(NODE_MODULE, lnzd_node_signature(config))


class LnzdTree(wiring.Component):
    """Bring the PEs' non-zero activations to one stream (EIE paper, section IV).

    64 PEs take 16 + 4 + 1 nodes, where broadcasts are of groups 16 + 1; one PE takes none and is
    passed through, or with groups one.

    Latency: one cycle for each level. Throughput: one broadcast a cycle. Stall rule: every node
    waits for the one above it.

    Parameters
    ----------
    config : Config
        Gives the PE count.

    Members
    -------
    i : In(ActivationSource) array of pe_count
        Non-zero activations of each PE, or its words.
    o : Out(ActivationSource)
        The root's activations.
    group_bits : In(GROUP_BITS)
        Columns of a group of pointers, as a power of two; where broadcasts are of groups only.
    """

    i: list[ActivationBranchInterface]
    o: ActivationSourceInterface
    group_bits: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "i": In(activation_branch(config)).array(config.pe_count),
                "o": Out(activation_source(config)),
                **({"group_bits": In(GROUP_BITS)} if config.in_groups else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        children = [flipped(child) for child in self.i]
        for level, (width, fan_in) in enumerate(lnzd_levels(self.config)):
            nodes = []
            for number in range(width):
                node = _module(level, self.config)
                m.submodules[f"node_{level}_{number}"] = node
                group = children[number * fan_in : (number + 1) * fan_in]
                for port, child in zip(node.i, group, strict=False):
                    connect(m, child, port)
                if self.config.in_groups and level == 0:
                    m.d.comb += node.group_bits.eq(self.group_bits)
                nodes.append(node.o)
            children = nodes
        root = children[0]
        if self.config.in_rounds:
            # Nothing waits for the root to end a round.
            m.d.comb += root.turn.eq(root.round)
        connect(m, root.stream, flipped(self.o.stream))
        m.d.comb += self.o.more.eq(root.more)
        return m
