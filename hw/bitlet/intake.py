"""Intake of an engine: beats from the memories become beats of the lanes, and biases wait."""

from amaranth import Cat, Module, Mux, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.float_bias import FloatBias
from zskip.hw.bitlet.float_front import FloatFront
from zskip.hw.bitlet.group_loader import beat_layout
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.common.queue import Queue
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.latencies import sum_latency
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.floats import FLOAT16


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


def format_bits(config: Config) -> int:
    """Return the width of the code of a format, see `zskip.model.bitlet.passes.FORMATS`."""
    return config.float_bits // FLOAT16.bits


def is_narrow(form: Signal) -> Value:
    """Return whether a code stands for float16, where it may stand for a wider format."""
    return form[:1] if len(form) > 1 else form[:0]


class Intake(wiring.Component):
    """Take integers apart at once, and floats by way of their common exponents.

    Latency: none in integers, `beats` cycles in floating point. Throughput: one beat a cycle.
    Stall rule: `i` waits while a beat waits at `o`, or while the biases of as many rounds wait as
    can be under way.

    Parameters
    ----------
    lanes : LaneFormat
        Gives lanes and widths.

    Members
    -------
    i : In(stream)
        Beats, of `raw_layout`.
    format : In
        Numbers of the pass: 0 integers, 1 float16, 2 float32; as far as the array has them.
        Constant while anything is under way.
    o : Out(stream)
        Beats, of `zskip.hw.bitlet.group_loader.beat_layout`.
    next : In(1)
        The biases are taken.
    biases : Out(rows * acc_bits)
        Biases of the round whose sums begin next, those of row 0 in the lowest bits.
    float_bias : Out(LaneFormat.wide)
        What its accumulator starts from in floating point.
    """

    i: stream.Interface
    format: Signal
    o: stream.Interface
    next: Signal
    biases: Signal
    float_bias: Signal

    def __init__(self, lanes: LaneFormat) -> None:
        self.lanes = lanes
        config = lanes.config
        super().__init__(
            {
                "i": In(stream.Signature(raw_layout(config))),
                "format": In(format_bits(config)),
                "o": Out(stream.Signature(beat_layout(lanes))),
                "next": In(1),
                "biases": Out(lanes.rows * config.acc_bits),
                "float_bias": Out(lanes.wide),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, config = self.lanes, self.lanes.config
        m.submodules.waiting = waiting = Queue(
            lanes.rows * config.bias_bits, depth=rounds_under_way(lanes)
        )
        offered = Signal()
        taken = Signal()
        self._keep_biases(m, waiting, offered, taken)
        m.d.comb += [self.o.valid.eq(offered), taken.eq(self.o.ready)]
        self._decode(m)
        if lanes.number:
            m.submodules.front = front = FloatFront(lanes, lanes.number)
            m.submodules.bias = bias = FloatBias(lanes.number, lanes=lanes.lanes)
            m.d.comb += [bias.word.eq(waiting.o.payload), self.float_bias.eq(bias.start)]
            self._connect(m, front, bias, offered, taken)
        return m

    def _keep_biases(self, m: Module, waiting: Queue, offered: Signal, taken: Signal) -> None:
        """Offer beats as long as there is room for biases, which come with the first group."""
        config = self.lanes.config
        beat = Signal(range(config.beats))
        complete = Signal()
        begins = Signal()
        m.d.comb += [
            complete.eq(beat == config.beats - 1),
            begins.eq(self.i.p.first & complete),
            offered.eq(self.i.valid & (waiting.i.ready | ~begins)),
            self.i.ready.eq(taken & (waiting.i.ready | ~begins)),
            waiting.i.valid.eq(self.i.valid & taken & begins),
            waiting.i.payload.eq(self.i.p.biases),
            waiting.o.ready.eq(self.next),
        ]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += beat.eq(Mux(complete, 0, beat + 1))
        for row in range(self.lanes.rows):
            bias = waiting.o.payload.word_select(row, config.bias_bits)
            m.d.comb += self.biases.word_select(row, config.acc_bits).eq(bias)

    def _decode(self, m: Module) -> None:
        """Take the words of integers apart."""
        lanes, config = self.lanes, self.lanes.config
        pairs = range(config.load_pairs)
        weights = [self.i.p.weights.word_select(pair, config.pair_bits) for pair in pairs]
        m.d.comb += [
            self.o.p.negatives.eq(
                Cat(weight[lanes.lanes + row] for row in range(lanes.rows) for weight in weights)
            ),
            self.o.p.magnitudes.eq(Cat(weight[: lanes.lanes] for weight in weights)),
            self.o.p.first.eq(self.i.p.first),
            self.o.p.last.eq(self.i.p.last),
        ]
        for pair in pairs:
            word = self.i.p.activations.word_select(pair, config.places * ACTIVATION_BITS)
            m.d.comb += self.o.p.activations.word_select(pair, lanes.activation_bits).eq(
                word[:ACTIVATION_BITS].as_signed()
            )

    def _connect(
        self, m: Module, front: FloatFront, bias: FloatBias, offered: Signal, taken: Signal
    ) -> None:
        """Let the beats of floats take the way through the front end."""
        m.d.comb += [
            bias.narrow.eq(is_narrow(self.format)),
            front.narrow.eq(is_narrow(self.format)),
            front.i.p.bias.eq(self.i.p.biases),
            front.i.p.first.eq(self.i.p.first),
            front.i.p.last.eq(self.i.p.last),
            front.o.ready.eq(self.o.ready),
        ]
        config, bits = self.lanes.config, self.lanes.config.float_bits
        for pair in range(config.load_pairs):
            weight = self.i.p.weights.word_select(pair, config.pair_bits)
            activation = self.i.p.activations.word_select(pair, config.places * ACTIVATION_BITS)
            m.d.comb += [
                front.i.p.weights.word_select(pair, bits).eq(weight),
                front.i.p.activations.word_select(pair, bits).eq(activation),
            ]
        with m.If(self.format.any()):
            m.d.comb += [
                front.i.valid.eq(offered),
                taken.eq(front.i.ready),
                self.o.valid.eq(front.o.valid),
                self.o.payload.eq(front.o.payload),
            ]


def rounds_under_way(lanes: LaneFormat) -> int:
    """Return the most rounds whose biases wait where nothing holds the lanes up.

    They wait from the last beat of the first group on. Such a group is in the delay line, waits
    for the lanes, or is in the lanes and on its way through the tree to its first sum.
    """
    config = lanes.config
    line = int(lanes.number is not None)
    return line + config.buffers + sum_latency(config) // config.beats
