"""Core of a compute engine: beats from the memories in, finished outputs out."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.compute_engine import ComputeEngine
from zskip.hw.bitlet.group_loader import balanced_sum
from zskip.hw.bitlet.intake import Intake, format_bits, raw_layout
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.outputs import SHIFT_BITS, Outputs
from zskip.model.bitlet.config import Config
from zskip.model.common.fixed import ACTIVATION_BITS


def engine_core_signature(config: Config) -> wiring.Signature:
    """Return the ports of `EngineCore`."""
    return wiring.Signature(
        {
            "i": In(stream.Signature(raw_layout(config))),
            "format": In(format_bits(config)),
            "joined": In(int(config.segments > 1)),
            "subtracted": In(1),
            "mask": In(config.lanes),
            "shift": In(SHIFT_BITS),
            "rounding": In(config.acc_bits),
            "relu": In(1),
            "hold": In(1),
            "done": Out(1),
            "o_valid": Out(1),
            "o": Out(config.places * ACTIVATION_BITS),
            "o_saturated": Out(1),
            "o_overflows": Out(config.segments.bit_length()),
            "o_special": Out(1),
            "picks": Out(config.lanes.bit_length()),
        }
    )


class EngineCore(wiring.Component):
    """Compute the outputs of one engine, of rounds that come one after the other.

    A round is a group or more of one row, or of rows side by side; its outputs leave in
    consecutive cycles, that of row 0 first.

    Latency: `zskip.model.bitlet.latencies.output_latency` from the end of the last group of a round
    to its first output. Throughput: the cycles of `zskip.model.bitlet.engine_cycles`. Stall rule:
    `i` waits while there is no room for a beat; a group does not end while `hold` is 1; nothing
    stalls the outputs.

    Parameters
    ----------
    config : Config
        The array.

    Members
    -------
    i : In(stream)
        Beats, of `raw_layout`.
    format : In
        Numbers of the pass: 0 integers, 1 float16, 2 float32; as far as the array has them.
        Constant while anything is under way, as are all inputs up to `relu`.
    joined : In(1)
        All lanes are those of one row, as always in floating point; only with several segments.
    subtracted : In(1)
        The last lane of each row is subtracted.
    mask : In(lanes)
        Lanes that are switched on.
    shift : In(SHIFT_BITS)
        Write-back shift of integers.
    rounding : In(acc_bits)
        Half of the shift's unit.
    relu : In(1)
        Whether negative outputs become 0.
    hold : In(1)
        The group does not end, as another engine has not finished it.
    done : Out(1)
        The engine is ready to end its group. A round does not end sooner than as many cycles
        behind the one in front of it as that has outputs.
    o_valid : Out(1)
        An output is complete.
    o : Out(16 * places)
        The output: an activation or a word of the format, with zeros above it.
    o_saturated : Out(1)
        The output is an integer that was clipped.
    o_overflows : Out
        Accumulators of integers that wrapped around in this cycle; in floating point, whether the
        output is an infinity because it was too large, or `o_special`.
    o_special : Out(1)
        A NaN or an infinity went into the output.
    picks : Out
        Pairs that the lanes picked, in a cycle shortly before this one.
    """

    i: stream.Interface
    format: Signal
    joined: Signal
    subtracted: Signal
    mask: Signal
    shift: Signal
    rounding: Signal
    relu: Signal
    hold: Signal
    done: Signal
    o_valid: Signal
    o: Signal
    o_saturated: Signal
    o_overflows: Signal
    o_special: Signal
    picks: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(engine_core_signature(config))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = LaneFormat(config=self.config)
        m.submodules.intake = intake = Intake(lanes)
        m.submodules.engine = engine = ComputeEngine(lanes)
        m.submodules.outputs = outputs = Outputs(lanes)
        wiring.connect(m, wiring.flipped(self.i), intake.i)
        wiring.connect(m, intake.o, engine.i)
        single = self.joined.any() | self.format.any()
        m.d.comb += [
            intake.format.eq(self.format),
            intake.next.eq(engine.o_begins),
            engine.joined.eq(single),
            engine.floating.eq(self.format.any()),
            engine.subtracted.eq(self._subtracted(lanes)),
            engine.mask.eq(self.mask),
            engine.biases.eq(intake.biases),
            engine.float_bias.eq(intake.float_bias),
            outputs.format.eq(self.format),
            outputs.joined.eq(self.joined),
            outputs.shift.eq(self.shift),
            outputs.rounding.eq(self.rounding),
            outputs.relu.eq(self.relu),
            outputs.valid.eq(engine.o_valid),
            outputs.accumulators.eq(engine.o),
            outputs.float_sum.eq(engine.float_sum),
            outputs.group.eq(engine.o_group),
            self.o_valid.eq(outputs.o_valid),
            self.o.eq(outputs.o),
            self.o_saturated.eq(outputs.o_saturated),
            self.o_special.eq(outputs.o_special),
        ]
        self._pace(m, engine, single)
        overflows: list[Value] = [
            overflow if row == 0 else overflow & ~single
            for row, overflow in enumerate(engine.overflow)
        ]
        m.d.comb += self.o_overflows.eq(balanced_sum([*overflows, outputs.o_overflow]))
        m.d.sync += self.picks.eq(balanced_sum(list(engine.picked)))
        return m

    def _subtracted(self, lanes: LaneFormat) -> Value:
        """Return the lanes that are subtracted: the last of each row."""
        every = sum(1 << (row + 1) * lanes.row_lanes - 1 for row in range(lanes.rows))
        return Mux(self.subtracted, Mux(self.joined.any(), 1 << lanes.lanes - 1, every), 0)

    def _pace(self, m: Module, engine: ComputeEngine, single: Value) -> None:
        """Let a round end when the outputs of the one in front of it are on their way."""
        rows = self.config.segments
        left = Signal(range(rows))
        m.d.comb += [
            self.done.eq(engine.done & ~(engine.closing & (left != 0))),
            engine.hold.eq(self.hold | ~self.done),
        ]
        with m.If(left != 0):
            m.d.sync += left.eq(left - 1)
        with m.If(self.done & ~self.hold & engine.closing):
            m.d.sync += left.eq(Mux(single, 0, rows - 1))
