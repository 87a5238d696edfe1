"""Loader of groups: beats of weights and activations become columns, signs and sums."""

from collections.abc import Sequence

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.lane_format import LaneFormat


def beat_layout(lanes: LaneFormat) -> data.StructLayout:
    """Return the layout of a beat.

    Parameters
    ----------
    lanes : LaneFormat
        Gives the widths.

    Returns
    -------
    amaranth.lib.data.StructLayout
        `activations` of `load_pairs` pairs, signed, the first in the lowest bits; `negatives`, the
        signs of their weights, those of the first row in the lowest bits; `magnitudes` of `lanes`
        bits for each pair; `first` and `last`, whether the group is the first or the last of its
        row, and `group`, what floats need to know of it, `LaneFormat.group`; these three count in
        its last beat.
    """
    pairs = lanes.config.load_pairs
    return data.StructLayout(
        {
            "activations": pairs * lanes.activation_bits,
            "negatives": pairs * lanes.rows,
            "magnitudes": pairs * lanes.lanes,
            "first": 1,
            "last": 1,
            "group": lanes.group.size,
        }
    )


class GroupLoader(wiring.Component):
    """Collect the beats of a group, and hand them to the lanes.

    With one bank, each beat goes to the lanes at once, and the next group waits until they have
    room for it. With two, the lanes get a whole group in one cycle, when a group ends or when its
    last beat comes, whichever is later.

    Latency: none from a beat to `write`; what comes with `opens` is registered by the lanes at the
    end of that cycle. Throughput: one beat a cycle. Stall rule: `i` waits while the lanes have
    no room, with one bank, or while a whole group waits for them, with two.

    Parameters
    ----------
    lanes : LaneFormat
        Gives the widths.

    Members
    -------
    i : In(stream)
        Beats.
    joined : In(1)
        All lanes are those of one row, whose signs are those of row 0; only with several rows.
        It changes between rows only, while nothing is loaded or computed.
    mask : In(lanes)
        Lanes that are switched on; the columns of others are empty. As `joined`.
    full : In(1)
        The lanes have as many groups as they can.
    ends : In(1)
        One of them ends: there is room in the next cycle.
    write : Out(beats)
        Write these parts of the group, of `load_pairs` each.
    activations : Out(pairs * activation_bits)
        Activations to write.
    negatives : Out(rows * pairs)
        Signs of the weights to write, those of the first row in the lowest bits.
    columns : Out(lanes * pairs)
        Bit columns to write, that of lane 0 in the lowest bits.
    opens : Out(1)
        The group will be complete in the next cycle.
    first : Out(1)
        It is the first of its row; with `opens`, as all that follows.
    last : Out(1)
        It is the last of its row.
    group : Out(LaneFormat.group)
        What floats need to know of it.
    inverted : Out(lanes)
        Lanes whose column has more than ``pairs / 2`` ones; 0 without `invert`.
    sums : Out(rows * group_sum_bits)
        Sums of the activations with the signs of each row; only with `invert`.
    """

    i: stream.Interface
    joined: Signal
    mask: Signal
    full: Signal
    ends: Signal
    write: Signal
    activations: Signal
    negatives: Signal
    columns: Signal
    opens: Signal
    first: Signal
    last: Signal
    group: Signal
    inverted: Signal
    sums: Signal

    def __init__(self, lanes: LaneFormat) -> None:
        self.lanes = lanes
        pairs, invert = lanes.config.pairs, lanes.config.invert
        super().__init__(
            {
                "i": In(stream.Signature(beat_layout(lanes))),
                "joined": In(int(lanes.rows > 1)),
                "mask": In(lanes.lanes),
                "full": In(1),
                "ends": In(1),
                "write": Out(lanes.config.beats),
                "activations": Out(pairs * lanes.activation_bits),
                "negatives": Out(pairs * lanes.rows),
                "columns": Out(pairs * lanes.lanes),
                "opens": Out(1),
                "first": Out(1),
                "last": Out(1),
                "group": Out(lanes.group.size),
                "inverted": Out(lanes.lanes),
                "sums": Out(lanes.rows * lanes.group_sum_bits * invert),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.lanes.config
        beat = Signal(range(config.beats))
        take = Signal()
        complete = Signal()
        waiting = Signal()
        m.d.comb += [
            take.eq(self.i.valid & self.i.ready),
            complete.eq(take & (beat == config.beats - 1)),
        ]
        with m.If(take):
            m.d.sync += beat.eq(beat + 1)
        with m.If(complete):
            m.d.sync += beat.eq(0)
        places = Cat(take & (beat == place) for place in range(config.beats))
        m.d.comb += self.i.ready.eq(~waiting if config.banks > 1 else ~self.full)
        m.d.comb += self.opens.eq((complete | waiting) & (~self.full | self.ends))
        if config.banks > 1:
            m.d.comb += self.write.eq(self.opens.replicate(config.beats))
            m.d.sync += waiting.eq((complete | waiting) & ~self.opens)
        else:
            m.d.comb += self.write.eq(places)
        given = self._given(m)
        self._transpose(m, self._group(m, given, places))
        if config.invert:
            self._add_up(m, given, take, beat == 0, waiting)
        return m

    def _given(self, m: Module) -> data.View:
        """Return the beat, with the signs and magnitudes that count."""
        given = Signal(beat_layout(self.lanes))
        pairs = self.lanes.config.load_pairs
        m.d.comb += given.eq(self.i.payload)
        m.d.comb += given.magnitudes.eq(self.i.p.magnitudes & self.mask.replicate(pairs))
        if self.lanes.rows > 1:
            with m.If(self.joined):
                m.d.comb += given.negatives.eq(
                    self.i.p.negatives[:pairs].replicate(self.lanes.rows)
                )
        return given

    def _group(self, m: Module, given: data.View, places: Value) -> list[data.View]:
        """Return the beats of the group that is written, by their places."""
        config, layout = self.lanes.config, beat_layout(self.lanes)
        if config.banks == 1:
            return [given] * config.beats
        group: list[data.View] = []
        for place in range(config.beats):
            held = Signal(layout, name=f"held_{place}", reset_less=True)
            shown = Signal(layout, name=f"shown_{place}")
            m.d.comb += shown.eq(Mux(places[place], given.as_value(), held.as_value()))
            m.d.sync += held.eq(shown)
            group.append(shown)
        return group

    def _transpose(self, m: Module, group: Sequence[data.View]) -> None:
        """Give columns in place of beats, by wires."""
        lanes, pairs = self.lanes, self.lanes.config.load_pairs
        m.d.comb += [
            self.activations.eq(Cat(beat.activations for beat in group)),
            self.negatives.eq(
                Cat(
                    beat.negatives[row * pairs : (row + 1) * pairs]
                    for row in range(lanes.rows)
                    for beat in group
                )
            ),
            self.columns.eq(
                Cat(
                    beat.magnitudes[pair * lanes.lanes + lane]
                    for lane in range(lanes.lanes)
                    for beat in group
                    for pair in range(pairs)
                )
            ),
            self.first.eq(group[-1].first),
            self.last.eq(group[-1].last),
            self.group.eq(group[-1].group),
        ]

    def _add_up(
        self,
        m: Module,
        given: data.View,
        take: Value,
        begins: Value,
        waiting: Value,
    ) -> None:
        """Count the ones of each column, and add up the activations for each row."""
        lanes, pairs = self.lanes, self.lanes.config.load_pairs
        counted = []
        for lane in range(lanes.lanes):
            ones = [given.magnitudes[pair * lanes.lanes + lane] for pair in range(pairs)]
            counted.append((f"ones_{lane}", lanes.config.pairs.bit_length(), ones))
        for row in range(lanes.rows):
            folded = []
            for pair in range(pairs):
                value = given.activations.word_select(pair, lanes.activation_bits).as_signed()
                folded.append(Mux(given.negatives[row * pairs + pair], -value, value))
            counted.append((f"sum_{row}", lanes.group_sum_bits, folded))
        totals = []
        for name, bits, addends in counted:
            held = Signal(bits, name=name, reset_less=True)
            running = Signal(bits, name=f"{name}_running")
            m.d.comb += running.eq(Mux(begins, 0, held) + balanced_sum(addends))
            with m.If(take):
                m.d.sync += held.eq(running)
            totals.append(Mux(waiting, held, running))
        half = lanes.config.pairs // 2
        m.d.comb += self.inverted.eq(Cat(ones > half for ones in totals[: lanes.lanes]))
        m.d.comb += self.sums.eq(
            Cat(total[: lanes.group_sum_bits] for total in totals[lanes.lanes :])
        )


def balanced_sum(addends: Sequence[Value]) -> Value:
    """Return the exact sum of some values, by a tree of additions."""
    if len(addends) == 1:
        return addends[0]
    half = len(addends) // 2
    return balanced_sum(addends[:half]) + balanced_sum(addends[half:])
