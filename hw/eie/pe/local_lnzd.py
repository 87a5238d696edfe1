"""Local leading-non-zero detection: the first of some flags that is set."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.model.eie.lnzd import FAN_IN


class LocalLnzd(wiring.Component):
    """Find the first flag of a word that is set, by a tree of fan-in four.

    Combinational; the depth of the logic grows with the logarithm of the number of flags.

    Parameters
    ----------
    depth : int
        Flags.

    Members
    -------
    flags : In(depth)
        Whether each item counts.
    found : Out(1)
        A flag is set.
    position : Out
        The lowest position whose flag is set; undefined where none is.
    rest : Out(depth)
        The flags without that one.
    """

    flags: Signal
    found: Signal
    position: Signal
    rest: Signal

    def __init__(self, *, depth: int) -> None:
        self.depth = depth
        super().__init__(
            {
                "flags": In(depth),
                "found": Out(1),
                "position": Out(max(1, (depth - 1).bit_length())),
                "rest": Out(depth),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        nodes: list[tuple[Value, Value]] = [(flag, Cat()) for flag in self.flags]
        level = 0
        while len(nodes) > 1:
            groups = [nodes[first : first + FAN_IN] for first in range(0, len(nodes), FAN_IN)]
            nodes = [
                self._node(m, group, f"{level}_{number}") for number, group in enumerate(groups)
            ]
            level += 1
        m.d.comb += [
            self.found.eq(nodes[0][0]),
            self.position.eq(nodes[0][1]),
            # For `flags & (flags - 1)` FPGAs would make a carry chain.
            self.rest.eq(Cat(flag & self.flags[:i].any() for i, flag in enumerate(self.flags))),
        ]
        return m

    def _node(
        self, m: Module, children: list[tuple[Value, Value]], name: str
    ) -> tuple[Value, Value]:
        """Pick the first child that found a flag; its number stands above its position."""
        number_bits = exact_log2(FAN_IN)
        positions = [
            Cat(position, Const(i, number_bits)) for i, (_, position) in enumerate(children)
        ]
        choice: Value = positions[-1]
        for (found, _), position in zip(
            reversed(children[:-1]), reversed(positions[:-1]), strict=True
        ):
            choice = Mux(found, position, choice)
        node_found = Signal(name=f"found_{name}")
        node_position = Signal(len(positions[0]), name=f"position_{name}")
        m.d.comb += [
            node_found.eq(Cat(found for found, _ in children).any()),
            node_position.eq(choice),
        ]
        return node_found, node_position
