"""Payloads and signatures that the units of the EIE array share."""

from amaranth import Signal, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.typed_signature import TypedSignature
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import COUNTERS_PER_WORD, STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.counters import PER_PE

LOAD_TARGET_BITS = 3
"""Width of a target on the load bus: the stream's targets and `CODEBOOK`."""

LOAD_ADDRESS_BITS = 20
"""Width of an address on the load bus, as in the packet header."""

PE_NUMBER_BITS = 8
"""Width of a PE number on the load bus and of the PE's own number: up to 256 PEs."""

CODEBOOK = 5
"""Load-bus target of the codebook, written by the central control unit only."""


def activation_layout(config: Config) -> data.StructLayout:
    """Return a broadcast activation: its value and its column index."""
    return data.StructLayout(
        {"value": signed(ACTIVATION_BITS), "index": unsigned(config.index_bits)}
    )


def column_layout(config: Config) -> data.StructLayout:
    """Return an activation with its column's first entry and the one past its last."""
    return data.StructLayout(
        {
            "value": signed(ACTIVATION_BITS),
            "start": unsigned(config.pointer_bits),
            "end": unsigned(config.pointer_bits),
        }
    )


def word_layout(config: Config) -> data.StructLayout:
    """Return a sparse-matrix word with the part of it that belongs to a column.

    The entries of the column are those of the slots `slot` to `last_slot`. `base` and `start` are
    the places in the memory of slot 0 and of the column's first entry, modulo ``2 ** gap_bits``.
    `first` marks the first word of the column, `empty` a column that has none.
    """
    return data.StructLayout(
        {
            "value": signed(ACTIVATION_BITS),
            "entries": data.ArrayLayout(config.entry_bits, config.entries_per_word),
            "slot": unsigned(config.slot_bits),
            "last_slot": unsigned(config.slot_bits),
            "base": unsigned(config.gap_bits),
            "start": unsigned(config.gap_bits),
            "first": unsigned(1),
            "empty": unsigned(1),
        }
    )


def entry_layout(config: Config) -> data.StructLayout:
    """Return an entry with its activation.

    `gap` counts the padding entries in front of it that were skipped; `first` marks the first
    entry of a column.
    """
    return data.StructLayout(
        {
            "value": signed(ACTIVATION_BITS),
            "code": unsigned(config.weight_bits),
            "run": unsigned(config.run_bits),
            "gap": unsigned(config.gap_bits),
            "first": unsigned(1),
        }
    )


class WritePortInterface(wiring.PureInterface):
    """Ports of a `WritePort`."""

    en: Signal
    address: Signal
    data: Signal


class WritePort(TypedSignature[WritePortInterface]):
    """Write port of a memory or register.

    Parameters
    ----------
    address_bits, data_bits : int
        Widths.

    Members
    -------
    en : Out(1)
        Write in this cycle.
    address : Out(address_bits)
        Where.
    data : Out(data_bits)
        What.
    """

    ports = WritePortInterface

    def __init__(self, *, address_bits: int, data_bits: int) -> None:
        super().__init__({"en": Out(1), "address": Out(address_bits), "data": Out(data_bits)})


class LoadBusInterface(wiring.PureInterface):
    """Ports of a `LoadBus`."""

    en: Signal
    target: Signal
    pe: Signal
    address: Signal
    data: Signal


class LoadBus(TypedSignature[LoadBusInterface]):
    """Registered writes that go to every PE; no back-pressure.

    Members
    -------
    en : Out(1)
        A word is on the bus.
    target : Out(LOAD_TARGET_BITS)
        A `zskip.model.eie.packets.Target`, or `CODEBOOK`.
    pe : Out(PE_NUMBER_BITS)
        PE number; for activations the first PE of the group that takes the word.
    address : Out(LOAD_ADDRESS_BITS)
        Address in the target; for activations the source row.
    data : Out(STREAM_BITS)
        The word.
    """

    ports = LoadBusInterface

    def __init__(self) -> None:
        super().__init__(
            {
                "en": Out(1),
                "target": Out(LOAD_TARGET_BITS),
                "pe": Out(PE_NUMBER_BITS),
                "address": Out(LOAD_ADDRESS_BITS),
                "data": Out(STREAM_BITS),
            }
        )


class PassSettingsInterface(wiring.PureInterface):
    """Ports of a `PassSettings`."""

    pointer_base: Signal
    bias_base: Signal
    row_base: Signal
    inputs: Signal
    half: Signal
    shift: Signal
    relu: Signal


class PassSettings(TypedSignature[PassSettingsInterface]):
    """What every PE knows of the current pass; constant while it runs.

    Parameters
    ----------
    config : Config

    Members
    -------
    pointer_base : Out(pair_bits)
        Address of the first pair of pointers.
    bias_base : Out(bias_address_bits)
        Address of the first bias.
    row_base : Out(activation_row_bits)
        Row of the first output.
    inputs : Out
        Length of the layer's input vector.
    half : Out(1)
        Half of the activation SRAM that holds the inputs; outputs go to the other one.
    shift : Out(6)
        Write-back shift.
    relu : Out(1)
        Whether negative outputs become 0.
    """

    ports = PassSettingsInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "pointer_base": Out(config.pair_bits),
                "bias_base": Out(config.bias_address_bits),
                "row_base": Out(config.activation_row_bits),
                "inputs": Out(range(config.vector_depth + 1)),
                "half": Out(1),
                "shift": Out(6),
                "relu": Out(1),
            }
        )


class ControlInterface(wiring.PureInterface):
    """Ports of a `Control`."""

    settings: PassSettingsInterface
    compute: Signal
    write_back: Signal
    read: Signal
    row: Signal
    restart: Signal
    counter: Signal


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
    read : Out(1)
        Read output `row` of the layer for the result stream.
    row : Out
        Row of `write_back`, counted from the first of the pass, and of `read`.
    restart : Out(1)
        Clear the counters in front of a pass.
    counter : Out
        Which word of counters the PE shows.
    """

    ports = ControlInterface

    def __init__(self, config: Config) -> None:
        words = len(PER_PE) // COUNTERS_PER_WORD
        super().__init__(
            {
                "settings": Out(PassSettings(config)),
                "compute": Out(1),
                "write_back": Out(1),
                "read": Out(1),
                "row": Out(max(config.row_bits, config.activation_row_bits)),
                "restart": Out(1),
                "counter": Out(range(words)),
            }
        )


class AccumulatorPortInterface(wiring.PureInterface):
    """Ports of a `AccumulatorPort`."""

    r_en: Signal
    r_row: Signal
    r_data: Signal
    w_en: Signal
    w_row: Signal
    w_data: Signal
    w_clear: Signal


class AccumulatorPort(TypedSignature[AccumulatorPortInterface]):
    """Access of the arithmetic unit to the accumulators.

    A row presented in one cycle gives its accumulator in the next, with the writes up to the cycle
    in which it was presented. A row must not be cleared in the cycle in which it is presented.

    Parameters
    ----------
    config : Config

    Members
    -------
    r_en : Out(1)
        Read in this cycle.
    r_row : Out(row_bits)
        Row to read.
    r_data : In(signed(acc_bits))
        Accumulator of the row presented one cycle ago.
    w_en : Out(1)
        Write in this cycle.
    w_row : Out(row_bits)
        Row to write or to clear.
    w_data : Out(signed(acc_bits))
        Its new accumulator.
    w_clear : Out(1)
        Let the row stand for its bias again.
    """

    ports = AccumulatorPortInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "r_en": Out(1),
                "r_row": Out(config.row_bits),
                "r_data": In(signed(config.acc_bits)),
                "w_en": Out(1),
                "w_row": Out(config.row_bits),
                "w_data": Out(signed(config.acc_bits)),
                "w_clear": Out(1),
            }
        )


def activation_stream(config: Config) -> stream.Signature:
    """Return the stream of broadcast activations."""
    return stream.Signature(activation_layout(config))


class ActivationSourceInterface(wiring.PureInterface):
    """Ports of an `ActivationSource`."""

    stream: stream.Interface
    more: Signal


class ActivationSource(TypedSignature[ActivationSourceInterface]):
    """Non-zero activations of a part of the input vector, on their way to the broadcast.

    Parameters
    ----------
    config : Config

    Members
    -------
    stream : Out(stream)
        The activations.
    more : Out(1)
        The part may still give an activation; low for the rest of the pass once it cannot.
    """

    ports = ActivationSourceInterface

    def __init__(self, config: Config) -> None:
        super().__init__({"stream": Out(activation_stream(config)), "more": Out(1)})
