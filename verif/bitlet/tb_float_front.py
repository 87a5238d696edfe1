"""Bench of the front end of floating point; oracle: the model's rows."""

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject

from zskip.hw.bitlet.float_front import FloatFront
from zskip.hw.bitlet.lane_format import LaneFormat
from zskip.model.bitlet.alignment import align_rows
from zskip.model.bitlet.row import grouped
from zskip.model.common.floats import FLOAT16, FloatFormat
from zskip.verif.bitlet.float_stimulus import KINDS, FloatRow, random_row
from zskip.verif.bitlet.unit import packed, unit_lanes
from zskip.verif.common.streams import StreamSink, StreamSource
from zskip.verif.common.testbench import Testbench

Beat = dict[str, int]


def given_beats(lanes: LaneFormat, row: FloatRow) -> list[Beat]:
    """Return the beats of a row as words."""
    config = lanes.config
    size, bits = config.load_pairs, config.float_bits
    words = [grouped(values, size) for values in (row.weights, row.activations)]
    count = len(words[0])
    return [
        {
            "weights": packed(words[0][beat].tolist(), bits),
            "activations": packed(words[1][beat].tolist(), bits),
            # The bias counts in the first group alone.
            "bias": row.bias if beat < config.beats else (1 << bits) - 1,
            "first": int(beat < config.beats),
            "last": int(beat >= count - config.beats),
        }
        for beat in range(count)
    ]


def wanted_beats(lanes: LaneFormat, row: FloatRow, number: FloatFormat) -> list[Beat]:
    """Return the beats of a row as the lanes get them, with what its groups have in common."""
    config, widest = lanes.config, lanes.number
    assert widest is not None
    groups = len(row.weights) // config.pairs
    lowest = 2 * number.bias + number.fraction_bits + lanes.lanes - 1
    beats: list[Beat] = []
    for group in range(groups):
        # What a group knows is what is so far in its row.
        end = (group + 1) * config.pairs
        weights, activations = row.weights[:end], row.activations[:end]
        aligned = align_rows(
            weights, activations, number, lanes.lanes, config.pairs, biases=row.bias
        )
        common = int(aligned.units) + lowest
        tag = common | int(aligned.row.shifts[group]) << widest.exponent_bits + 1
        tag |= int(aligned.special) << lanes.group.size - 1
        terms, magnitudes = aligned.row.terms[group], aligned.row.magnitudes[group]
        signs = (row.weights ^ row.activations) >> number.bits - 1
        signs = signs[group * config.pairs :][: config.pairs]
        for start in range(0, config.pairs, config.load_pairs):
            span = slice(start, start + config.load_pairs)
            beats.append(
                {
                    "activations": packed(np.abs(terms[span]).tolist(), lanes.activation_bits),
                    "negatives": packed(signs[span].tolist(), 1),
                    "magnitudes": packed(magnitudes[span].tolist(), lanes.lanes),
                    "first": int(group == 0),
                    "last": int(group == groups - 1),
                    "group": tag,
                }
            )
    return beats


@cocotb.test()
@cocotb.parametrize(narrow=(False, True), idle=("never", "seldom"), pause=("never", "mostly"))
async def rows_of_every_kind(dut: HierarchyObject, narrow: bool, idle: str, pause: str) -> None:
    """Groups come aligned with those in front of them in their row, and with nothing else."""
    lanes = unit_lanes()
    widest = lanes.number
    assert widest is not None
    if narrow and widest == FLOAT16:
        return
    number = FLOAT16 if narrow else widest
    bench = Testbench(dut, FloatFront(lanes, widest).signature)
    source = StreamSource(bench, "i", idle)
    sink = StreamSink(bench, "o", pause)
    await bench.start()
    bench["narrow"].set(narrow)
    rng, wanted = bench.rng, []
    for _ in range(30):
        kind = str(rng.choice([*KINDS, "special"]))
        row = random_row(number, rng, int(rng.integers(1, 4)) * lanes.config.pairs, kind)
        source.send(given_beats(lanes, row))
        wanted += wanted_beats(lanes, row, number)
    await bench.until(lambda: len(sink.items) == len(wanted))
    assert sink.items == wanted
