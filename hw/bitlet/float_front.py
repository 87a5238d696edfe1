"""Front end of floating point: words of weights and activations become beats of the lanes."""

from amaranth import Cat, Const, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.alignment import Alignment
from zskip.hw.bitlet.common_exponent import CommonExponent
from zskip.hw.bitlet.delay_line import DelayLine
from zskip.hw.bitlet.float_bias import FloatBias
from zskip.hw.bitlet.group_loader import beat_layout
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.hw.bitlet.products import Products, products_layout
from zskip.hw.bitlet.unpack import narrow_bits
from zskip.model.common.floats import FloatFormat


def words_layout(number: FloatFormat, pairs: int) -> data.StructLayout:
    """Return the layout of a beat of words.

    Parameters
    ----------
    number : FloatFormat
        The widest format.
    pairs : int
        Pairs of a beat.

    Returns
    -------
    amaranth.lib.data.StructLayout
        `weights` and `activations`, the first in the lowest bits; `bias` of the row, which counts
        in the last beat of its first group; `first` and `last`, whether the group is the first or
        the last of its row, which count in its last beat.
    """
    return data.StructLayout(
        {
            "weights": pairs * number.bits,
            "activations": pairs * number.bits,
            "bias": number.bits,
            "first": 1,
            "last": 1,
        }
    )


class FloatFront(wiring.Component):
    """Align the weights of each group with the largest exponent of its row so far.

    Latency: `beats` cycles. Throughput: one beat a cycle. Stall rule: `i` waits while a beat waits
    at `o`.

    Parameters
    ----------
    lanes : LaneFormat
        Gives lanes and widths.
    number : FloatFormat
        The widest format.

    Members
    -------
    i : In(stream)
        Beats, of `words_layout`.
    narrow : In(1)
        Words are of float16, in the lowest bits; only with a wider format. Constant while beats
        are on their way.
    o : Out(stream)
        Beats, of `zskip.hw.bitlet.group_loader.beat_layout`.
    """

    i: stream.Interface
    narrow: Signal
    o: stream.Interface

    def __init__(self, lanes: LaneFormat, number: FloatFormat) -> None:
        self.lanes = lanes
        self.number = number
        self.pairs = lanes.config.load_pairs
        super().__init__(
            {
                "i": In(stream.Signature(words_layout(number, self.pairs))),
                "narrow": In(narrow_bits(number)),
                "o": Out(stream.Signature(beat_layout(lanes))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        number, pairs = self.number, self.pairs
        layout = data.StructLayout(
            {"products": products_layout(number, pairs), "first": 1, "last": 1}
        )
        m.submodules.products = products = Products(number, pairs=pairs)
        m.submodules.bias = bias = FloatBias(number, lanes=self.lanes.lanes)
        m.submodules.line = line = DelayLine(layout, beats=self.lanes.config.beats)
        m.submodules.common_exponent = common = CommonExponent(
            exponent_bits=number.exponent_bits + 1, pairs=pairs
        )
        m.d.comb += [
            products.weights.eq(self.i.p.weights),
            products.activations.eq(self.i.p.activations),
            products.narrow.eq(self.narrow),
            bias.word.eq(self.i.p.bias),
            bias.narrow.eq(self.narrow),
            line.i.valid.eq(self.i.valid),
            self.i.ready.eq(line.i.ready),
            line.i.p.products.eq(products.o),
            line.i.p.first.eq(self.i.p.first),
            line.i.p.last.eq(self.i.p.last),
            common.valid.eq(self.i.valid & self.i.ready),
            common.opens.eq(line.opens),
            common.closes.eq(line.closes),
            common.first.eq(self.i.p.first),
            common.start.eq(bias.exponent),
            common.start_special.eq(bias.special),
            common.exponents.eq(products.o.exponents),
            common.special.eq(products.special),
        ]
        self._align(m, line, common)
        return m

    def _align(self, m: Module, line: DelayLine, common: CommonExponent) -> None:
        """Give the beats of complete groups to the lanes."""
        lanes, bits, delayed = self.lanes, self.number.significand_bits, line.o.p.products
        m.submodules.alignment = alignment = Alignment(
            self.number, lanes=lanes.lanes, pairs=self.pairs
        )
        above = Const(0, lanes.activation_bits - bits)
        m.d.comb += [
            alignment.significands.eq(delayed.weights),
            alignment.exponents.eq(delayed.exponents),
            alignment.common.eq(common.o.common),
            self.o.valid.eq(line.o.valid),
            line.o.ready.eq(self.o.ready),
            self.o.p.activations.eq(
                Cat(
                    Cat(delayed.activations.word_select(pair, bits), above)
                    for pair in range(self.pairs)
                )
            ),
            self.o.p.negatives.eq(delayed.negatives),
            self.o.p.magnitudes.eq(alignment.magnitudes),
            self.o.p.first.eq(line.o.p.first),
            self.o.p.last.eq(line.o.p.last),
            self.o.p.group.eq(common.o),
        ]
