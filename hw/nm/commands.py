"""Commands of the control unit to the rows and to the vectors."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from zskip.hw.common.typed_signature import TypedSignature
from zskip.hw.common.write_port import address_bits
from zskip.hw.nm.interfaces import SHIFT_BITS
from zskip.model.nm.config import Config


class RowCommandsInterface(wiring.PureInterface):
    """Ports of `RowCommands`."""

    rewind: Signal
    restart: Signal
    valid: Signal
    address: Signal
    tile_half: Signal
    first: Signal
    last: Signal
    shift: Signal
    rounding: Signal
    relu: Signal


class RowCommands(TypedSignature[RowCommandsInterface]):
    """Commands to every row.

    Parameters
    ----------
    config : Config

    Members
    -------
    rewind : Out(1)
        A run begins: the next bias is the first one.
    restart : Out(1)
        Clear the counters in front of a pass.
    valid : Out(1)
        A beat: read its weights and add its products.
    address : Out
        Address of its weights.
    tile_half : Out(1)
        Half that they are in; with streamed weights only.
    first : Out(1)
        It is the first of its output, which starts from the next bias.
    last : Out(1)
        It is the last of its output.
    shift : Out(SHIFT_BITS)
        Write-back shift; constant from the first beat of a pass to its last output, as all below.
    rounding : Out(acc_bits)
        Half of the shift's unit.
    relu : Out(1)
        Whether negative outputs become 0.
    """

    ports = RowCommandsInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "rewind": Out(1),
                "restart": Out(1),
                "valid": Out(1),
                "address": Out(address_bits(config.weight_depth)),
                "tile_half": Out(config.streamed),
                "first": Out(1),
                "last": Out(1),
                "shift": Out(SHIFT_BITS),
                "rounding": Out(config.acc_bits),
                "relu": Out(1),
            }
        )


class VectorCommandsInterface(wiring.PureInterface):
    """Ports of `VectorCommands`."""

    half: Signal
    fresh: Signal
    inputs: Signal
    restart: Signal
    read: Signal
    word: Signal


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
        Length of the input vector; what lies behind counts as 0.
    restart : Out(1)
        The next block of outputs is the first of its pass.
    read : Out(1)
        Read the activations of `word`.
    word : Out
        Its number.
    """

    ports = VectorCommandsInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "half": Out(1),
                **({"fresh": Out(1)} if config.double_input else {}),
                "inputs": Out(range(config.vector_depth + 1)),
                "restart": Out(1),
                "read": Out(1),
                "word": Out(range(config.vector_depth // config.window)),
            }
        )
