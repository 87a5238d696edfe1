"""Core of a compute engine: beats from the memories in, finished outputs out."""

from amaranth import Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

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
