"""Node above the PEs of the leading-non-zero detection tree that joins words to broadcasts."""

from typing import NamedTuple

from amaranth import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.eie.interfaces import (
    ActivationBranch,
    activation_branch,
    numbered,
)
from zskip.hw.eie.round_node import RoundNode, Rounds
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import LANES
from zskip.model.eie.config import LARGEST_GROUP, Config
from zskip.model.eie.lnzd import FAN_IN
from zskip.model.eie.passes import GROUP_BITS

LANE_BITS = exact_log2(LANES)
"""Bits of a place that name the lane; those above it are the number of the word."""


def group_node_signature(config: Config) -> wiring.Signature:
    """Return the ports of `GroupNode`."""
    return wiring.Signature(
        {
            "i": In(activation_branch(config)).array(FAN_IN),
            "o": Out(ActivationBranch(config)),
            "group_bits": In(GROUP_BITS),
        }
    )


class Candidate(NamedTuple):
    """Activation that may go to a place of the broadcast, and whether it does."""

    goes: Value
    value: Value
    place: Value


class GroupNode(RoundNode):
    """Join the words of a round whose columns stand in one group, as far as a broadcast holds them.

    A word of each PE is a round. The node waits until all PEs that have not given theirs offer it,
    so that what goes together does not depend on when it is found. It takes words in order, whole,
    up to the first one that is of another group or has more activations than there is room for;
    those without any it takes at once. The next round begins as in a `RoundNode`.

    Latency: one cycle. Throughput: one broadcast a cycle. Stall rule: the PEs wait while two
    broadcasts of the node are not taken, and with the next round until the node above has come to
    this one.

    Parameters
    ----------
    config : Config
        Gives the widths; `in_groups` must hold.

    Members
    -------
    i : In(ActivationSource) array of FAN_IN
        The PEs, the preferred one first; one that does not exist never has `more`.
    o : Out(ActivationBranch)
        The broadcasts.
    group_bits : In(GROUP_BITS)
        Columns of a group, as a power of two from 4 to 16; constant while words are offered.
    """

    group_bits: Signal

    def __init__(self, config: Config) -> None:
        self._given = Signal(FAN_IN, name="given")
        super().__init__(config, group_node_signature(config))

    def _ended(self, begun: Signal) -> Value:
        del begun
        return ~(Cat(child.more for child in self.i) & ~self._given).any()

    def _arrive(
        self, m: Module, rounds: Rounds, room: Value, arrives: Signal, arriving: data.View
    ) -> None:
        """Take words if there is room, and join them."""
        left, some, gives = (Signal(FAN_IN, name=name) for name in ("left", "some", "gives"))
        takes = Signal()
        # What would be left in the next round, too, as `current` comes late.
        advances = rounds.current != rounds.begun
        valid = Cat(child.stream.valid for child in self.i)
        m.d.comb += [
            left.eq(Cat(child.more for child in self.i) & ~Mux(rounds.ended, 0, self._given)),
            some.eq(left & Cat(child.stream.payload.wanted.any() for child in self.i)),
            takes.eq(room & ~(left & ~valid).any() & (~rounds.ended | advances)),
            arrives.eq(takes & some.any()),
            *(child.stream.ready.eq(takes & gives[i]) for i, child in enumerate(self.i)),
        ]
        with m.If(takes):
            m.d.sync += self._given.eq(~left | gives)
        with m.Elif(advances):
            m.d.sync += self._given.eq(0)
        # Between passes no PE has any.
        with m.If(~self._some()):
            m.d.sync += self._given.eq(0)
        self._join(m, left, some, gives, arriving)

    def _join(
        self, m: Module, left: Signal, some: Signal, gives: Signal, arriving: data.View
    ) -> None:
        """Tell which words are taken, and put their activations side by side."""
        size = self.config.broadcast_size
        before: Value = Cat()
        chosen: list[list[Candidate]] = [[] for _ in range(size)]
        for number, child in enumerate(self.i):
            payload = child.stream.payload
            wanted = Signal(LANES, name=f"wanted_{number}")
            fits = Signal(name=f"fits_{number}")
            m.d.comb += wanted.eq(payload.wanted & left[number].replicate(LANES))
            inside: Value = Cat()
            for lane in range(LANES):
                rank = self._sum(m, before, inside, f"before_{number}_{lane}")
                place = Cat(Const(lane, LANE_BITS), payload.number)
                for slot in range(min(size, number * LANES + lane + 1)):
                    goes = Signal(name=f"goes_{slot}_{number}_{lane}")
                    m.d.comb += goes.eq(wanted[lane] & fits & _is(rank, slot))
                    chosen[slot].append(Candidate(goes, payload[f"lane_{lane}"], place))
                inside = self._sum(m, inside, wanted[lane], f"inside_{number}_{lane}")
            before = self._sum(m, before, inside, f"after_{number}")
            m.d.comb += [
                fits.eq(~before[size:].any() & ~self._crosses(some, number)),
                gives[number].eq(left[number] & (fits | ~some[number])),
            ]
        for slot, candidates in enumerate(chosen):
            self._fill(m, arriving, slot, candidates)

    def _sum(self, m: Module, one: Value, other: Value, name: str) -> Value:
        """Add two numbers, each told by a flag for each number from 1 on that it reaches.

        So is the sum, up to one more than a broadcast has. Without carries, as the PEs wait for the
        sum of four words before they read the next ones.
        """
        result = Signal(min(len(one) + len(other), self.config.broadcast_size + 1), name=name)
        for number, reached in enumerate(result, start=1):
            ways = [
                _reaches(one, part) & _reaches(other, number - part)
                for part in range(number + 1)
                if part <= len(one) and number - part <= len(other)
            ]
            m.d.comb += reached.eq(Cat(ways).any())
        return result

    def _crosses(self, some: Signal, number: int) -> Value:
        """Return whether a word in front of one is of another group."""
        crosses: Value = Const(0)
        for bits in range(LANE_BITS, LARGEST_GROUP):
            own = number * LANES >> bits
            others = Cat(some[i] for i in range(number) if i * LANES >> bits != own)
            crosses |= (self.group_bits == bits) & others.any()
        return crosses

    def _fill(self, m: Module, arriving: data.View, slot: int, candidates: list[Candidate]) -> None:
        """Put the candidate that goes there, if any does, to a place of the broadcast."""
        value = Signal(ACTIVATION_BITS, name=f"value_{slot}")
        place = Signal(len(candidates[0].place), name=f"place_{slot}")
        for one in candidates:
            with m.If(one.goes):
                m.d.comb += [value.eq(one.value), place.eq(one.place)]
        m.d.comb += arriving[numbered("value", slot)].eq(value)
        if slot == 0:
            m.d.comb += arriving.index.eq(place)
            return
        m.d.comb += [
            arriving[numbered("place", slot)].eq(place),
            arriving[numbered("valid", slot)].eq(Cat(one.goes for one in candidates).any()),
        ]


def _reaches(number: Value, bound: int) -> Value:
    """Return whether a number told by flags reaches one."""
    return number[bound - 1] if bound else Const(1)


def _is(number: Value, value: int) -> Value:
    """Return whether a number told by flags is a value, at most as large as there are flags."""
    above = number[value] if value < len(number) else Const(0)
    return _reaches(number, value) & ~above
