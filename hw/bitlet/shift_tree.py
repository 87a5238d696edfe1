"""Shift-add tree: the terms of the lanes of a row, each times the weight of its lane."""

from amaranth import Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.bitlet.latencies import tree_levels


class ShiftTree(wiring.Component):
    """Add up terms; that of lane b counts ``2**b``.

    Shifts are wires. Of two neighbours, the sum is as wide as both together need, so that no sum
    leaves its range.

    Latency: one cycle for each level, `zskip.model.bitlet.latencies.tree_levels`. Throughput: one
    sum a cycle. Stall rule: none.

    Parameters
    ----------
    lanes : int
        Terms.
    term_bits : int
        Bits of a term.
    step : int, optional
        Bits by which each lane is shifted beyond the one in front of it.

    Members
    -------
    terms : In(lanes * term_bits)
        The terms, that of lane 0 in the lowest bits.
    o : Out(signed(term_bits + lanes * step))
        The exact sum.
    """

    terms: Signal
    o: Signal

    def __init__(self, *, lanes: int, term_bits: int, step: int = 1) -> None:
        self.lanes = lanes
        self.term_bits = term_bits
        self.step = step
        super().__init__(
            {"terms": In(lanes * term_bits), "o": Out(signed(term_bits + lanes * step))}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        addends = [
            self.terms.word_select(lane, self.term_bits).as_signed() for lane in range(self.lanes)
        ]
        spans = [self.step] * self.lanes
        for level in range(tree_levels(self.lanes)):
            sums, wider = [], []
            for place in range(0, len(addends), 2):
                span = sum(spans[place : place + 2])
                bits = self.term_bits + span
                total = Signal(signed(bits), name=f"sum_{level}_{place // 2}", reset_less=True)
                m.d.sync += total.eq(
                    addends[place] + (addends[place + 1] << spans[place])
                    if place + 1 < len(addends)
                    else addends[place]
                )
                sums.append(total)
                wider.append(span)
            addends, spans = sums, wider
        m.d.comb += self.o.eq(addends[0])
        return m
