"""Tree that brings commands of the emitter to the PEs, and their words back."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out, connect, flipped

from zskip.hw.common.readout import ReadoutInterface
from zskip.hw.common.shared_module import SharedModule
from zskip.hw.eie import shell
from zskip.hw.eie.readout_node import readout_node_signature
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import FAN_IN, tree_levels

READOUT_MODULE = "zskip_eie_readout_node"
"""Verilog module of a node."""


class ReadoutTree(wiring.Component):
    """Bring commands of the emitter to every PE, and the word of the one that has it back.

    The nodes stand as those of the LNZD tree: 64 PEs take 16 + 4 + 1, one PE takes none.

    Latency: for each level one cycle to the PEs and one back. Throughput: one word a cycle. Stall
    rule: none.

    Parameters
    ----------
    config : Config
        Gives the PE count.

    Members
    -------
    i : In(Readout)
        Commands.
    o : Out(Readout) array of pe_count
        Commands to each PE.
    words : In(STREAM_BITS + parity) array of pe_count
        Words of the PEs: 0 of those that are not asked.
    word : Out(STREAM_BITS + parity)
        The word that was asked for.
    """

    i: ReadoutInterface
    o: list[ReadoutInterface]
    words: list[Signal]
    word: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        bits = STREAM_BITS + config.parity
        super().__init__(
            {
                "i": In(shell.readout(config)),
                "o": Out(shell.readout(config)).array(config.pe_count),
                "words": In(bits).array(config.pe_count),
                "word": Out(bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = self.words
        children = [flipped(child) for child in self.o]
        signature = readout_node_signature(self.config)
        for level, width in enumerate(tree_levels(self.config)):
            nodes = []
            for number in range(width):
                node = SharedModule(READOUT_MODULE, signature)
                m.submodules[f"node_{level}_{number}"] = node
                group = slice(number * FAN_IN, (number + 1) * FAN_IN)
                for port, word in zip(node.words, words[group], strict=False):
                    m.d.comb += port.eq(word)
                for child in children[group]:
                    connect(m, node.o, child)
                nodes.append(node)
            words, children = [node.word for node in nodes], [node.i for node in nodes]
        connect(m, flipped(self.i), children[0])
        m.d.comb += self.word.eq(words[0])
        return m
