"""Local leading-non-zero detection: the next non-zero row of a source file."""

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.model.eie.lnzd import FAN_IN


class LocalLnzd(wiring.Component):
    """Explicit tree of fan-in four over the non-zero flags of a source file.

    Combinational; the depth of the logic grows with the logarithm of the number of flags.

    Parameters
    ----------
    depth : int
        Flags, one for each row.

    Members
    -------
    flags : In(depth)
        Whether each row holds a non-zero activation.
    found : Out(1)
        A flag is set.
    row : Out(row bits)
        The lowest row whose flag is set; undefined where none is.
    """

    flags: Signal
    found: Signal
    row: Signal

    def __init__(self, *, depth: int) -> None:
        self.depth = depth
        super().__init__(
            {
                "flags": In(depth),
                "found": Out(1),
                "row": Out(max(1, (depth - 1).bit_length())),
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
        m.d.comb += [self.found.eq(nodes[0][0]), self.row.eq(nodes[0][1])]
        return m

    def _node(
        self, m: Module, children: list[tuple[Value, Value]], name: str
    ) -> tuple[Value, Value]:
        """Pick the first child that found a flag; its number stands above its row."""
        number_bits = exact_log2(FAN_IN)
        rows = [Cat(row, Const(i, number_bits)) for i, (_, row) in enumerate(children)]
        choice: Value = rows[-1]
        for (found, _), row in zip(reversed(children[:-1]), reversed(rows[:-1]), strict=True):
            choice = Mux(found, row, choice)
        node_found = Signal(name=f"found_{name}")
        node_row = Signal(len(rows[0]), name=f"row_{name}")
        m.d.comb += [
            node_found.eq(Cat(found for found, _ in children).any()),
            node_row.eq(choice),
        ]
        return node_found, node_row
