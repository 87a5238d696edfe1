"""Commands of the central control unit to every PE."""

from amaranth import Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out

from zskip.hw.common.typed_signature import TypedSignature
from zskip.model.eie.config import Config
from zskip.model.eie.passes import GROUP_BITS, SHIFT_BITS


class PassSettingsInterface(wiring.PureInterface):
    """Ports of a `PassSettings`."""

    pointer_base: Signal
    group_bits: Signal
    bias_base: Signal
    row_base: Signal
    inputs: Signal
    hands_on: Signal
    half: Signal
    shift: Signal
    relu: Signal
    first: Signal
    tile_half: Signal
    fresh: Signal
    bank: Signal


class PassSettings(TypedSignature[PassSettingsInterface]):
    """Settings of the current pass; constant while it runs, `inputs` from before to its end.

    Parameters
    ----------
    config : Config

    Members
    -------
    pointer_base : Out(pair_bits)
        Address of the first pointers.
    group_bits : Out(GROUP_BITS)
        Columns of a group of pointers, as a power of two; with grouped pointers only.
    bias_base : Out(bias_address_bits)
        Address of the first bias.
    row_base : Out(activation_row_bits)
        Row of the first output.
    inputs : Out
        Length of the layer's input vector, or of its part up to the end of the tile; from three
        cycles before computing mode to its end.
    first : Out
        Word of activations with which a tile begins, held like `inputs`; with streamed weights
        only.
    tile_half : Out(1)
        Half of the memories of weights that has the tile; with streamed weights only.
    fresh : Out(1)
        The inputs are those of the network, in a bank, held like `inputs`; with `double_input`
        only.
    bank : Out(1)
        Bank with the inputs of the network; with `double_input` only.
    hands_on : Out(1)
        The outputs of the pass are the inputs of the next one; not with streamed weights,
        nor with parity.
    half : Out(1)
        Half of the activation SRAM that holds the inputs; outputs go to the other one.
    shift : Out(SHIFT_BITS)
        Write-back shift.
    relu : Out(1)
        Whether negative outputs become 0.
    """

    ports = PassSettingsInterface

    def __init__(self, config: Config) -> None:
        group_bits = {"group_bits": Out(GROUP_BITS)} if config.grouped_pointers else {}
        feed = {"first": Out(config.activation_word_bits), "tile_half": Out(1)}
        hold = {"hands_on": Out(1)}
        super().__init__(
            {
                "pointer_base": Out(config.pair_bits),
                **group_bits,
                "bias_base": Out(config.bias_address_bits),
                "row_base": Out(config.activation_row_bits),
                "inputs": Out(range(config.vector_depth + 1)),
                "half": Out(1),
                "shift": Out(SHIFT_BITS),
                "relu": Out(1),
                **(feed if config.streamed else {}),
                **(hold if config.holds_first_word else {}),
                **({"fresh": Out(1), "bank": Out(1)} if config.double_input else {}),
            }
        )


class ControlInterface(wiring.PureInterface):
    """Ports of a `Control`."""

    settings: PassSettingsInterface
    compute: Signal
    write_back: Signal
    row: Signal
    restart: Signal


class Control(TypedSignature[ControlInterface]):
    """Commands of the central control unit to every PE.

    Parameters
    ----------
    config : Config

    Members
    -------
    settings : Out(PassSettings)
        Settings of the pass.
    compute : Out(1)
        Computing mode: PEs offer their non-zero activations and count cycles.
    write_back : Out(1)
        Turn accumulator `row` into an output.
    row : Out(row_bits)
        Row of `write_back`, counted from the first of the pass.
    restart : Out(1)
        Clear the counters in front of a pass.
    """

    ports = ControlInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "settings": Out(PassSettings(config)),
                "compute": Out(1),
                "write_back": Out(1),
                "row": Out(config.row_bits),
                "restart": Out(1),
            }
        )
