"""Node of the leading-non-zero detection tree whose children take turns in rounds."""

from collections.abc import Iterator
from typing import NamedTuple

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.eie.interfaces import (
    ActivationBranch,
    ActivationBranchInterface,
    activation_layout,
)
from zskip.model.eie.config import Config
from zskip.model.eie.lnzd import node_fan_in


def round_node_signature(config: Config) -> wiring.Signature:
    """Return the ports of `RoundNode`."""
    branch = ActivationBranch(config)
    return wiring.Signature({"i": In(branch).array(node_fan_in(config)), "o": Out(branch)})


class Rounds(NamedTuple):
    """Rounds of a node: the one that was taken from in the cycle before, and that of this one.

    `ended` says that no child has any more of the first.
    """

    begun: Signal
    current: Signal
    ended: Value


class RoundNode(wiring.Component):
    """Pass on the activations of a round of one child after the other, round after round.

    In a round the node waits for a child that may still have an activation of it, so that the order
    of the broadcasts does not depend on when activations are found. When no child has any, the next
    round begins in the same cycle, unless the node would be two rounds ahead of the node above it.

    Latency: one cycle. Throughput: one activation a cycle. Stall rule: the children wait while
    two activations of the node are not taken, and each child waits for those in front of it. Two,
    so that what the children see does not depend on `o` in the same cycle.

    Parameters
    ----------
    config : Config
        Gives the widths and how many children there are.
    signature : wiring.Signature, optional
        Ports of a node of another kind.

    Members
    -------
    i : In(ActivationBranch) array of node_fan_in
        The children, the preferred one first; one that does not exist never has `more`.
    o : Out(ActivationBranch)
        The activations passed on.
    """

    i: list[ActivationBranchInterface]
    o: ActivationBranchInterface

    def __init__(self, config: Config, signature: wiring.Signature | None = None) -> None:
        self.config = config
        super().__init__(signature or round_node_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        begun = Signal()
        ended = self._ended(begun)
        current = self._current(m, begun, ended)
        output = self.o.stream
        layout = activation_layout(self.config)
        shown = Signal(layout, reset_less=True)
        shown_round = Signal(reset_less=True)
        waiting = Signal(layout, reset_less=True)
        waiting_round = Signal(reset_less=True)
        waiting_valid = Signal()
        arriving = Signal(layout)
        arrives = Signal()
        leaves = Signal()
        self._arrive(m, Rounds(begun, current, ended), ~waiting_valid, arrives, arriving)
        m.d.comb += [
            leaves.eq(~output.valid | output.ready),
            output.payload.eq(shown),
            self.o.more.eq(output.valid | self._some()),
        ]
        with m.If(output.valid):
            m.d.comb += self.o.round.eq(shown_round)
        with m.If(leaves):
            m.d.sync += [
                output.valid.eq(waiting_valid | arrives),
                shown.eq(Mux(waiting_valid, waiting, arriving)),
                shown_round.eq(Mux(waiting_valid, waiting_round, current)),
                waiting_valid.eq(0),
            ]
        with m.Elif(arrives):
            m.d.sync += [
                waiting_valid.eq(1),
                waiting.eq(arriving),
                waiting_round.eq(current),
            ]
        return m

    def _arrive(
        self, m: Module, rounds: Rounds, room: Value, arrives: Signal, arriving: data.View
    ) -> None:
        """Take an activation if there is room."""
        for child, ready in zip(self.i, self._ready(rounds.begun), strict=True):
            m.d.comb += [child.turn.eq(rounds.begun), child.stream.ready.eq(ready & room)]
            with m.If(child.stream.ready & child.stream.valid):
                m.d.comb += [arrives.eq(1), arriving.eq(child.stream.payload)]

    def _has(self, child: ActivationBranchInterface, number: Value) -> Value:
        """Return whether a child may still have an activation of a round."""
        return child.more & (child.round == number)

    def _ended(self, begun: Signal) -> Value:
        """Return whether no child has any activation of the round that was taken from."""
        return ~Cat(self._has(child, begun) for child in self.i).any()

    def _some(self) -> Value:
        """Return whether any child may have an activation."""
        return Cat(child.more for child in self.i).any()

    def _ready(self, begun: Signal) -> Iterator[Value]:
        """Tell whose turn it is, if it has an activation.

        It says the same as the round that is taken from would, but does not wait for that to be
        known: an activation of the next round is taken when no child has one of this round.
        """
        ended = [~self._has(child, begun) for child in self.i]
        for number, child in enumerate(self.i):
            nothing = [~other.more for other in self.i[:number]]
            next_turn = Cat(*nothing, *ended[number:], self.o.turn == begun).all()
            this_turn = Cat(*ended[:number], 1).all()
            yield Mux(child.round == begun, this_turn, next_turn)

    def _current(self, m: Module, begun: Signal, ended: Value) -> Signal:
        """Count the rounds; return the one that is taken from."""
        current = Signal()
        m.d.comb += [
            current.eq(begun ^ (ended & self._some() & (self.o.turn == begun))),
            self.o.round.eq(begun),
        ]
        # Between passes no child has any.
        m.d.sync += begun.eq(current & self._some())
        return current
