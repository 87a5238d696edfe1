"""Decoding: a word of integer weights and its activations become a beat of the lanes."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.common.fixed import ACTIVATION_BITS


class Decode(wiring.Component):
    """Take a word of the weight memory apart, and say which lanes are subtracted.

    Latency: none.

    Parameters
    ----------
    lanes : LaneFormat
        Gives the widths.

    Members
    -------
    weights : In(word_bits)
        Weights of the pairs, those of each with `lanes` bits of magnitudes and the signs of its
        rows above them.
    words : In(load_pairs * 16 * places)
        Activations, each in the lowest bits of its places.
    joined : In(1)
        All lanes are those of one row; only with several rows.
    twos_complement : In(1)
        The last lane of each row is subtracted.
    activations : Out(load_pairs * activation_bits)
        The activations, signed.
    negatives : Out(rows * load_pairs)
        Signs of the weights, those of the first row in the lowest bits.
    magnitudes : Out(load_pairs * lanes)
        Magnitudes of the weights.
    subtracted : Out(lanes)
        The lanes that are subtracted.
    """

    weights: Signal
    words: Signal
    joined: Signal
    twos_complement: Signal
    activations: Signal
    negatives: Signal
    magnitudes: Signal
    subtracted: Signal

    def __init__(self, lanes: LaneFormat) -> None:
        self.lanes = lanes
        config = lanes.config
        super().__init__(
            {
                "weights": In(config.word_bits),
                "words": In(config.load_pairs * config.places * ACTIVATION_BITS),
                "joined": In(int(lanes.rows > 1)),
                "twos_complement": In(1),
                "activations": Out(config.load_pairs * lanes.activation_bits),
                "negatives": Out(config.load_pairs * lanes.rows),
                "magnitudes": Out(config.load_pairs * lanes.lanes),
                "subtracted": Out(lanes.lanes),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, config = self.lanes, self.lanes.config
        activations, weights = [], []
        for pair in range(config.load_pairs):
            activation = Signal(lanes.activation_bits, name=f"activation_{pair}")
            word = self.words.word_select(pair, config.places * ACTIVATION_BITS)
            m.d.comb += activation.eq(word[:ACTIVATION_BITS].as_signed())
            activations.append(activation)
            weights.append(self.weights.word_select(pair, config.pair_bits))
        every = sum(1 << (row + 1) * lanes.row_lanes - 1 for row in range(lanes.rows))
        last = Mux(self.joined, 1 << lanes.lanes - 1, every)
        m.d.comb += [
            self.activations.eq(Cat(activations)),
            self.negatives.eq(
                Cat(weight[lanes.lanes + row] for row in range(lanes.rows) for weight in weights)
            ),
            self.magnitudes.eq(Cat(weight[: lanes.lanes] for weight in weights)),
            self.subtracted.eq(Mux(self.twos_complement, last, 0)),
        ]
        return m
