"""Feed: the beats of a pass, from the memories to the engines."""

from amaranth import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.write_port import address_bits
from zskip.model.bitlet.config import Config

TILE_PORTS = {"there": In(1), "waits": Out(1), "ends_pass": Out(1)}
"""Ports that have to do with tiles."""


class Feed(wiring.Component):
    """Go through the beats of a pass: of each round, each group, and each beat of it.

    A beat is commanded to the vectors first, to the memories of the engines behind that, and then
    offered to the engines. The three stages move together.

    Latency: two cycles from `go` to `valid`. Throughput: one beat a cycle. Stall rule: nothing
    moves while a beat is offered and not taken; with streamed weights, nor while those of the next
    one are not there.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    rewind : In(1)
        The next beat is the first of a run.
    restart : In(1)
        The next beat is the first of a pass; once the last one in front of it was taken.
    go : In(1)
        There are beats left.
    rounds, groups : In
        Rounds of the pass, groups of each; constant from the first beat to the last.
    finish : Out(1)
        The last beat of the pass is commanded.
    ends_group : Out(1)
        The last beat of a group is commanded.
    exhausted : Out(1)
        A beat is commanded for which there are no weights; it has those of the first address on.
    read : Out(1)
        Read activations.
    beat : Out
        Which, counted through all groups.
    take : Out(1)
        Take the activations that were read last, and read weights.
    address : Out
        Address of the weights.
    begins_round : Out(1)
        With `take`: the beat is the first of its round.
    round : Out
        Number of its round in the run.
    valid : Out(1)
        A beat is offered.
    first : Out(1)
        Its group is the first of its round.
    last : Out(1)
        Its group is the last of its round.
    ready : In(1)
        The beat is taken.
    there : In(1)
        The weights of the next beat are there; with streamed weights only, as are the following.
    waits : Out(1)
        Nothing moves for the want of weights.
    ends_pass : Out(1)
        With `take`: the beat is the last of its pass.
    """

    rewind: Signal
    restart: Signal
    go: Signal
    rounds: Signal
    groups: Signal
    finish: Signal
    ends_group: Signal
    exhausted: Signal
    read: Signal
    beat: Signal
    take: Signal
    address: Signal
    begins_round: Signal
    round: Signal
    valid: Signal
    first: Signal
    last: Signal
    ready: Signal
    there: Signal
    waits: Signal
    ends_pass: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(
            {
                "rewind": In(1),
                "restart": In(1),
                "go": In(1),
                "rounds": In(range(config.vector_depth // config.pe_count + 1)),
                "groups": In(range(config.vector_depth // config.pairs + 1)),
                "finish": Out(1),
                "ends_group": Out(1),
                "exhausted": Out(1),
                "read": Out(1),
                "beat": Out(range(config.vector_depth // config.load_pairs)),
                "take": Out(1),
                "address": Out(address_bits(config.weight_depth)),
                "begins_round": Out(1),
                "round": Out(address_bits(config.bias_depth)),
                "valid": Out(1),
                "first": Out(1),
                "last": Out(1),
                "ready": In(1),
                **(TILE_PORTS if config.streamed else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        moves = Signal()
        arriving = Signal()
        may_move: Value = ~self.valid | self.ready
        if self.config.streamed:
            m.d.comb += self.waits.eq(may_move & arriving & ~self.there)
            may_move &= ~self.waits
        m.d.comb += [moves.eq(may_move), self.read.eq(self.go & moves)]
        begins, of_first, of_last = self._command(m)

        # The beat whose activations come from the memory.
        first = Signal(name="arriving_first")
        last = Signal(name="arriving_last")
        m.d.comb += self.take.eq(arriving & moves)
        with m.If(moves):
            m.d.sync += [
                arriving.eq(self.read),
                self.begins_round.eq(begins),
                first.eq(of_first),
                last.eq(of_last),
                self.valid.eq(arriving),
                self.first.eq(first),
                self.last.eq(last),
            ]
            if self.config.streamed:
                m.d.sync += self.ends_pass.eq(self.finish)
        self._address(m)
        return m

    def _command(self, m: Module) -> tuple[Signal, Signal, Signal]:
        """Count beats; return whether one begins a round, or is of its first or last group."""
        rnd = Signal.like(self.rounds)
        group = Signal.like(self.groups)
        place = Signal(range(self.config.beats))
        begins = Signal()
        first = Signal(name="is_first")
        last = Signal(name="is_last")
        m.d.comb += [
            begins.eq(self.beat == 0),
            first.eq(group == 0),
            last.eq(group == self.groups - 1),
            self.ends_group.eq(self.read & (place == self.config.beats - 1)),
            self.finish.eq(self.ends_group & last & (rnd == self.rounds - 1)),
        ]
        with m.If(self.read):
            m.d.sync += [place.eq(place + 1), self.beat.eq(self.beat + 1)]
        with m.If(self.ends_group):
            m.d.sync += [place.eq(0), group.eq(group + 1)]
            with m.If(last):
                m.d.sync += [self.beat.eq(0), group.eq(0), rnd.eq(rnd + 1)]
        with m.If(self.restart):
            m.d.sync += [place.eq(0), self.beat.eq(0), group.eq(0), rnd.eq(0)]
        return begins, first, last

    def _address(self, m: Module) -> None:
        """Go through the words of the weights, and through the biases, of all passes of a run."""
        wrapped = Signal()
        m.d.comb += self.exhausted.eq(self.take & wrapped)
        with m.If(self.take):
            m.d.sync += self.address.eq(self.address + 1)
            with m.If(self.address == self.config.weight_depth - 1):
                m.d.sync += [self.address.eq(0), wrapped.eq(1)]
            with m.If(self.begins_round):
                m.d.sync += self.round.eq(self.round + 1)
        with m.If(self.rewind):
            m.d.sync += [self.address.eq(0), self.round.eq(0), wrapped.eq(0)]
