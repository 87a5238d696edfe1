"""Compute engine: groups of weights and activations become sums of products."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.accumulator import Accumulator
from zskip.hw.bitlet.group_loader import GroupLoader, beat_layout
from zskip.hw.bitlet.group_registers import group_registers
from zskip.hw.bitlet.group_ring import GroupRing
from zskip.hw.bitlet.lane import Lane
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.shift_tree import ShiftTree
from zskip.model.bitlet.latencies import tree_levels


class ComputeEngine(wiring.Component):
    """Skip the zero bits of the weights: a cycle for each one of the fullest column of a group.

    Every lane picks the ones of its column in turn, whatever the others do, and then those of the
    next group, up to `run_ahead` groups of the row in fixed point; a tree adds up what they pick,
    and accumulators the sums of the tree. Rows side by side have lanes, signs and an accumulator
    each, and the activations in common; joined, all lanes compute one row of as many bits, in the
    accumulator of row 0.

    Latency: `zskip.model.bitlet.latencies.sum_latency` from the end of the last group of a row to
    `o_valid`. Throughput: the cycles of `zskip.model.bitlet.distil` and
    `zskip.model.bitlet.engine_cycles`. Stall rule: `i` waits while there is no room for a beat; a
    group does not end while `hold` is 1; nothing stalls the sums.

    Parameters
    ----------
    lanes : LaneFormat
        Gives lanes and widths.

    Members
    -------
    i : In(stream)
        Beats, of `zskip.hw.bitlet.group_loader.beat_layout`.
    joined : In(1)
        All lanes are those of one row; only with several rows. It changes between rows only, while
        nothing is loaded or computed.
    subtracted : In(lanes)
        Lanes that are subtracted, as the last one of a row in two's complement; as `joined`.
    mask : In(lanes)
        Lanes that are switched on; as `joined`.
    hold : In(1)
        The oldest group does not end, as another engine has not finished it.
    done : Out(1)
        The lanes have nothing left of the oldest group behind this cycle.
    closing : Out(1)
        That group is the last of its row.
    biases : In(rows * acc_bits)
        Bias of each row.
    floating : In(1)
        Numbers are floating point, of one row, which starts from `float_bias`; only where the array
        has them, as `float_bias`, `float_sum` and `o_group`. As `joined`.
    float_bias : In(LaneFormat.wide)
        Bias of the row in floating point.
    o_begins : Out(1)
        The biases are taken in this cycle.
    o_valid : Out(1)
        The rows are complete.
    o : Out(rows * acc_bits)
        Accumulator of each row.
    float_sum : Out(LaneFormat.wide)
        Accumulator of the row in floating point.
    o_group : Out(LaneFormat.group)
        The last group of the rows, with `o_valid`.
    overflow : Out(rows)
        An addition left the range of the accumulator of a row, and wrapped around.
    picked : Out(lanes)
        Lanes that picked a pair in the last cycle.
    """

    i: stream.Interface
    joined: Signal
    subtracted: Signal
    mask: Signal
    hold: Signal
    done: Signal
    closing: Signal
    biases: Signal
    floating: Signal
    float_bias: Signal
    o_begins: Signal
    o_valid: Signal
    o: Signal
    float_sum: Signal
    o_group: Signal
    overflow: Signal
    picked: Signal

    def __init__(self, lanes: LaneFormat) -> None:
        self.lanes = lanes
        accumulators = lanes.rows * lanes.config.acc_bits
        super().__init__(
            {
                "i": In(stream.Signature(beat_layout(lanes))),
                "joined": In(int(lanes.rows > 1)),
                "subtracted": In(lanes.lanes),
                "mask": In(lanes.lanes),
                "hold": In(1),
                "done": Out(1),
                "closing": Out(1),
                "biases": In(accumulators),
                "floating": In(int(lanes.number is not None)),
                "float_bias": In(lanes.wide),
                "o_begins": Out(1),
                "o_valid": Out(1),
                "o": Out(accumulators),
                "float_sum": Out(lanes.wide),
                "o_group": Out(lanes.group.size),
                "overflow": Out(lanes.rows),
                "picked": Out(lanes.lanes),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.loader = loader = GroupLoader(self.lanes)
        wiring.connect(m, wiring.flipped(self.i), loader.i)
        ring = GroupRing(places=self.lanes.config.run_ahead, note_bits=1 + self.lanes.group.size)
        m.submodules.ring = ring
        lanes = self._lanes(m, loader, ring)
        m.d.comb += [
            loader.joined.eq(self.joined),
            loader.mask.eq(self.mask),
            loader.full.eq(ring.full),
            loader.ends.eq(ring.ends),
            ring.opens.eq(loader.opens),
            ring.last.eq(loader.last),
            ring.note.eq(Cat(loader.first, loader.group)),
            ring.barrier.eq(self.floating),
            ring.ends.eq(self.done & ~self.hold),
            self.done.eq(ring.open & Cat(lane.last for lane in lanes).all()),
            self.closing.eq(ring.closing),
            self.picked.eq(Cat(lane.picked for lane in lanes)),
        ]
        begins, group = ring.opening & ring.o_note[0], ring.o_note[1:]
        marks = Cat(ring.open, begins, ring.ends & ring.closing, ring.opening, group)
        self._accumulate(m, self._sums(m, lanes), _delayed(m, "marks", marks, self._levels + 1))
        return m

    @property
    def _levels(self) -> int:
        """Cycles from the terms to the sums."""
        return tree_levels(self.lanes.row_lanes) + tree_levels(self.lanes.rows)

    def _lanes(self, m: Module, loader: GroupLoader, ring: GroupRing) -> list[Lane]:
        """Make the lanes, and the registers with what they share."""
        lanes, config = self.lanes, self.lanes.config
        groups = [
            group_registers(m, lanes, loader, free=ring.free[place], name=str(place))
            for place in range(config.run_ahead)
        ]
        writes = Cat(loader.write & free.replicate(config.beats) for free in ring.free)
        made: list[Lane] = []
        for number in range(lanes.lanes):
            m.submodules[f"lane_{number}"] = lane = Lane(lanes)
            row = number // lanes.row_lanes
            m.d.comb += [
                lane.write.eq(writes),
                lane.column.eq(loader.columns.word_select(number, config.pairs)),
                lane.inverted.eq(Cat(group.inverted[number] for group in groups)),
                lane.enable.eq(ring.visible),
                lane.opening.eq(ring.opening),
                lane.oldest.eq(ring.oldest),
                lane.wrapped.eq(ring.wrapped),
                lane.subtracted.eq(self.subtracted[number]),
                lane.items.eq(Cat(group.items[row] for group in groups)),
            ]
            if config.invert:
                bits = lanes.group_sum_bits
                m.d.comb += lane.group_sum.eq(
                    Cat(group.sums.word_select(row, bits) for group in groups)
                )
            made.append(lane)
        return made

    def _sums(self, m: Module, made: list[Lane]) -> list[Value]:
        """Add up the terms of each row; joined, that of row 0 is the sum of all."""
        lanes = self.lanes
        sums: list[Value] = []
        for row in range(lanes.rows):
            tree = ShiftTree(lanes=lanes.row_lanes, term_bits=lanes.term_bits)
            m.submodules[f"tree_{row}"] = tree
            first = row * lanes.row_lanes
            m.d.comb += tree.terms.eq(Cat(lane.term for lane in made[first:][: lanes.row_lanes]))
            sums.append(tree.o)
        if lanes.rows == 1:
            return sums
        m.submodules.joint = joint = ShiftTree(
            lanes=lanes.rows, term_bits=lanes.sum_bits, step=lanes.row_lanes
        )
        m.d.comb += joint.terms.eq(Cat(sums))
        apart = [
            _delayed(m, f"sum_{row}", total, tree_levels(lanes.rows)).as_signed()
            for row, total in enumerate(sums)
        ]
        whole = joint.o[: lanes.total_bits].as_signed()
        return [Mux(self.joined, whole, apart[0]), *apart[1:]]

    def _accumulate(self, m: Module, sums: list[Value], marks: Value) -> None:
        """Make the accumulators."""
        config = self.lanes.config
        m.d.comb += self.o_begins.eq(marks[0] & marks[1])
        for row, total in enumerate(sums):
            accumulator = Accumulator(
                acc_bits=config.acc_bits,
                sum_bits=len(total),
                wide_bits=0 if row else self.lanes.wide_bits,
            )
            m.submodules[f"accumulator_{row}"] = accumulator
            m.d.comb += [
                Cat(accumulator.valid, accumulator.first, accumulator.last).eq(marks),
                accumulator.bias.eq(self.biases.word_select(row, config.acc_bits).as_signed()),
                accumulator.sum.eq(total),
                self.o.word_select(row, config.acc_bits).eq(accumulator.o),
                self.overflow[row].eq(accumulator.overflow),
            ]
            if row == 0:
                m.d.comb += self.o_valid.eq(accumulator.o_valid)
                self._accumulate_floats(m, accumulator, opens=marks[3], group=marks[4:])

    def _accumulate_floats(
        self, m: Module, accumulator: Accumulator, *, opens: Value, group: Value
    ) -> None:
        """Let the accumulator of row 0 follow the exponents of groups."""
        if not self.lanes.number:
            return
        view = data.View(self.lanes.group, group)
        m.d.comb += [
            accumulator.floating.eq(self.floating),
            accumulator.rise.eq(Mux(opens, view.rise, 0)),
            self.float_sum.eq(accumulator.o),
        ]
        with m.If(self.floating):
            m.d.comb += accumulator.bias.eq(self.float_bias)
        m.d.sync += self.o_group.eq(group)


def _delayed(m: Module, name: str, value: Value, cycles: int) -> Value:
    """Return what a value was some cycles ago; 0 before that."""
    for cycle in range(cycles):
        stage = Signal(len(value), name=f"{name}_{cycle}")
        m.d.sync += stage.eq(value)
        value = stage
    return value
