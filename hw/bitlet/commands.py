"""Commands of the control unit to the engines and to the vectors."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from zskip.hw.bitlet.engine_core import SHIFT_BITS
from zskip.hw.common.typed_signature import TypedSignature
from zskip.hw.common.write_port import address_bits
from zskip.model.bitlet.config import Config


class EngineCommandsInterface(wiring.PureInterface):
    """Ports of `EngineCommands`."""

    restart: Signal
    rewind: Signal
    read: Signal
    address: Signal
    read_biases: Signal
    round: Signal
    valid: Signal
    first: Signal
    last: Signal
    format: Signal
    joined: Signal
    subtracted: Signal
    mask: Signal
    shift: Signal
    rounding: Signal
    relu: Signal
    enable: Signal
    tile_half: Signal


class EngineCommands(TypedSignature[EngineCommandsInterface]):
    """Commands to every engine.

    Parameters
    ----------
    config : Config

    Members
    -------
    restart : Out(1)
        Clear the counters in front of a pass.
    rewind : Out(1)
        The next beat is the first of a run; only if decoupled.
    read : Out(1)
        Read the weights of the next beat; only in lock step, as all up to `round`.
    address : Out
        Address of these weights.
    read_biases : Out(1)
        Read the biases of a round, of which that is the first beat.
    round : Out
        Address of these biases.
    valid : Out(1)
        The weights read last are a beat; decoupled, the beat is taken.
    first : Out(1)
        Its group is the first of its round.
    last : Out(1)
        Its group is the last of its round.
    format : Out
        Numbers of the pass: 0 integers, 1 float16, 2 float32; as far as the array has them.
        Constant from the first beat of a pass to its last output, as all below.
    joined : Out(1)
        All lanes are those of one row; only with several segments.
    subtracted : Out(1)
        The last lane of each row is subtracted.
    mask : Out(lanes)
        Lanes that are switched on.
    shift : Out(SHIFT_BITS)
        Write-back shift of integers.
    rounding : Out(acc_bits)
        Half of the shift's unit.
    relu : Out(1)
        Whether negative outputs become 0.
    enable : Out(1)
        The engines do not stand still for the want of weights; with streamed weights only, as the
        following.
    tile_half : Out(1)
        Half that the weights are in.
    """

    ports = EngineCommandsInterface

    def __init__(self, config: Config) -> None:
        in_step = 1 - config.decoupled
        super().__init__(
            {
                "restart": Out(1),
                "rewind": Out(config.decoupled),
                "read": Out(in_step),
                "address": Out(address_bits(config.weight_depth) * in_step),
                "read_biases": Out(in_step),
                "round": Out(address_bits(config.bias_depth) * in_step),
                "valid": Out(1),
                "first": Out(1),
                "last": Out(1),
                "format": Out(config.float_bits // 16),
                "joined": Out(int(config.segments > 1)),
                "subtracted": Out(1),
                "mask": Out(config.lanes),
                "shift": Out(SHIFT_BITS),
                "rounding": Out(config.acc_bits),
                "relu": Out(1),
                "enable": Out(config.streamed),
                "tile_half": Out(config.streamed),
            }
        )


class VectorCommandsInterface(wiring.PureInterface):
    """Ports of `VectorCommands`."""

    half: Signal
    fresh: Signal
    inputs: Signal
    wide: Signal
    restart: Signal
    read: Signal
    beat: Signal
    take: Signal


class VectorCommands(TypedSignature[VectorCommandsInterface]):
    """Commands to the vectors.

    Parameters
    ----------
    config : Config

    Members
    -------
    half : Out(1)
        Half that holds the inputs; outputs go to the other one.
    fresh : Out(1)
        The inputs are those of the network, in a bank; with `double_input` only.
    inputs : Out
        Places of the input vector; what lies behind counts as 0.
    wide : Out(1)
        An activation takes two places; only with float32.
    restart : Out(1)
        The next block of outputs is the first of its pass.
    read : Out(1)
        Read the activations of `beat`.
    beat : Out
        Number of the beat, counted through all groups of an output.
    take : Out(1)
        Show what was read last, as that comes from the memory.
    """

    ports = VectorCommandsInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "half": Out(1),
                **({"fresh": Out(1)} if config.double_input else {}),
                "inputs": Out(range(config.vector_depth + 1)),
                "wide": Out(config.places - 1),
                "restart": Out(1),
                "read": Out(1),
                "beat": Out(range(config.vector_depth // config.load_pairs)),
                "take": Out(1),
            }
        )
