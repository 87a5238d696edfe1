"""Core of a compute engine: beats from the memories in, finished outputs out."""

from amaranth import Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.compute_engine import ComputeEngine, latency
from zskip.hw.bitlet.decode import Decode
from zskip.hw.bitlet.group_loader import balanced_sum
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.serializer import Serializer
from zskip.hw.common.queue import Queue
from zskip.hw.common.write_back import WriteBack
from zskip.model.bitlet.config import RANGES, Config
from zskip.model.common.fixed import ACTIVATION_BITS

SHIFT_BITS = (RANGES["acc_bits"][1] - 1).bit_length()
"""Width of the write-back shift, which is below the bits of any accumulator."""


def raw_layout(config: Config) -> data.StructLayout:
    """Return the layout of a beat as it comes from the memories.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Returns
    -------
    amaranth.lib.data.StructLayout
        `weights`, a word of the weight memory; `activations` of its pairs, each in as many places
        of 16 bits as the widest activation takes, a narrower one in the lowest bits; `first` and
        `last`, whether its group is the first or the last of its round; `biases` of the round,
        those of row 0 in the lowest bits, which count in all beats of the first group.
    """
    return data.StructLayout(
        {
            "weights": config.word_bits,
            "activations": config.load_pairs * config.places * ACTIVATION_BITS,
            "first": 1,
            "last": 1,
            "biases": config.segments * config.bias_bits,
        }
    )


def engine_core_signature(config: Config) -> wiring.Signature:
    """Return the ports of `EngineCore`."""
    return wiring.Signature(
        {
            "i": In(stream.Signature(raw_layout(config))),
            "format": In(config.float_bits // 16),
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


def output_latency(config: Config, *, floating: bool) -> int:
    """Return the cycles from the end of the last group of a round to its first output.

    Parameters
    ----------
    config : Config
        The array.
    floating : bool
        Whether groups wait for their largest exponent; the cycles for that are in front of the
        lanes, yet counted here.

    Returns
    -------
    int
    """
    waiting = config.beats if floating else 0
    return waiting + latency(LaneFormat(config=config)) + 1 + WriteBack.LATENCY


class EngineCore(wiring.Component):
    """Compute the outputs of one engine, of rounds that come one after the other.

    A round is a group or more of one row, or of rows side by side; its outputs leave in
    consecutive cycles, that of row 0 first.

    Latency: `output_latency` from the end of the last group of a round to its first output.
    Throughput: the cycles of `zskip.model.bitlet.engine_cycles`. Stall rule: `i` waits while there
    is no room for a beat; a group does not end while `hold` is 1; nothing stalls the outputs.

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
        The output: an activation, or a word of the format in the lowest bits.
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
        config = self.config
        lanes = LaneFormat(config=config)
        m.submodules.decode = decode = Decode(lanes)
        m.submodules.engine = engine = ComputeEngine(lanes)
        m.d.comb += [
            decode.weights.eq(self.i.p.weights),
            decode.words.eq(self.i.p.activations),
            decode.joined.eq(self.joined),
            decode.twos_complement.eq(self.subtracted),
            engine.i.p.activations.eq(decode.activations),
            engine.i.p.negatives.eq(decode.negatives),
            engine.i.p.magnitudes.eq(decode.magnitudes),
            engine.i.p.first.eq(self.i.p.first),
            engine.i.p.last.eq(self.i.p.last),
            engine.joined.eq(self.joined),
            engine.subtracted.eq(decode.subtracted),
            engine.mask.eq(self.mask),
            engine.barrier.eq(self.format.any()),
        ]
        self._begin(m, engine)
        self._pace(m, engine)
        self._finish(m, engine)
        m.d.sync += self.picks.eq(balanced_sum(list(engine.picked)))
        return m

    def _begin(self, m: Module, engine: ComputeEngine) -> None:
        """Take beats, and keep the biases of rounds whose sums have not begun."""
        config = self.config
        m.submodules.biases = biases = Queue(
            config.segments * config.bias_bits, depth=rounds_begun(config)
        )
        beat = Signal(range(config.beats))
        begins = Signal()
        m.d.comb += [
            begins.eq(self.i.p.first & (beat == config.beats - 1)),
            engine.i.valid.eq(self.i.valid & (biases.i.ready | ~begins)),
            self.i.ready.eq(engine.i.ready & (biases.i.ready | ~begins)),
            biases.i.valid.eq(self.i.valid & engine.i.ready & begins),
            biases.i.payload.eq(self.i.p.biases),
            biases.o.ready.eq(engine.o_begins),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += beat.eq(Mux(beat == config.beats - 1, 0, beat + 1))
        for row in range(config.segments):
            bias = biases.o.payload.word_select(row, config.bias_bits)
            m.d.comb += engine.biases.word_select(row, config.acc_bits).eq(bias)

    def _pace(self, m: Module, engine: ComputeEngine) -> None:
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
            m.d.sync += left.eq(Mux(self.joined, 0, rows - 1))

    def _finish(self, m: Module, engine: ComputeEngine) -> None:
        """Write the accumulators back, one row after the other."""
        config = self.config
        m.submodules.serializer = serializer = Serializer(
            rows=config.segments, acc_bits=config.acc_bits
        )
        m.submodules.write_back = write_back = WriteBack(
            acc_bits=config.acc_bits, shift_bits=SHIFT_BITS, row_bits=0, output_row_bits=0
        )
        overflows: list[Value] = [
            overflow if row == 0 else overflow & ~self.joined
            for row, overflow in enumerate(engine.overflow)
        ]
        m.d.comb += [
            serializer.valid.eq(engine.o_valid),
            serializer.joined.eq(self.joined),
            serializer.accumulators.eq(engine.o),
            serializer.rounding.eq(self.rounding),
            write_back.shift.eq(self.shift),
            write_back.relu.eq(self.relu),
            write_back.i_valid.eq(serializer.o_valid),
            write_back.i_rounded.eq(serializer.o),
            self.o_valid.eq(write_back.o_valid),
            self.o.eq(write_back.o_activation),
            self.o_saturated.eq(write_back.o_saturated),
            self.o_overflows.eq(balanced_sum(overflows)),
        ]


def rounds_begun(config: Config) -> int:
    """Return the most rounds whose last beat of the first group has come, but not its first sum.

    There is one for each group that waits for the lanes, and one for each group that the lanes can
    begin while sums are on their way through the tree.
    """
    return config.buffers + latency(LaneFormat(config=config)) // config.beats
