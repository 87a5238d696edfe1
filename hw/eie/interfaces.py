"""Payloads and signatures that the units of the EIE array share."""

from amaranth import Cat, Const, Signal, Value, signed, unsigned
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.load_bus import LoadBus
from zskip.hw.common.tile_memory import TileHalves
from zskip.hw.common.typed_signature import TypedSignature
from zskip.hw.common.write_port import WritePort, address_bits
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.eie.config import LARGEST_GROUP, MAX_PE_COUNT, Config
from zskip.model.eie.packets import Target

CODEBOOK = len(Target)
"""Load-bus target of the codebook, written by the central control unit only."""

LOAD_TARGET_BITS = CODEBOOK.bit_length()
"""Width of a target on the load bus."""

PRODUCT_BITS = ACTIVATION_BITS + CODEBOOK_BITS
"""Bits of an exact product."""

PE_NUMBER_BITS = (MAX_PE_COUNT - 1).bit_length()
"""Width of a PE number on the load bus and of the PE's own number."""


def load_bus() -> LoadBus:
    """Return the load bus, which no configuration changes."""
    return LoadBus(target_bits=LOAD_TARGET_BITS, pe_bits=PE_NUMBER_BITS)


def codebook_port(config: Config) -> WritePort:
    """Return the write port of a codebook, four values a word."""
    return WritePort(address_bits=address_bits(config.codebook_words), data_bits=STREAM_BITS)


def tile_halves(config: Config) -> dict[str, wiring.Member]:
    """Return the port of a unit that says which halves are read and written, if there are any."""
    return {"halves": In(TileHalves())} if config.streamed else {}


def numbered(name: str, number: int) -> str:
    """Return the name of a field of one of the activations of a broadcast; the first has none."""
    return f"{name}_{number}" if number else name


def activation_layout(config: Config) -> data.StructLayout:
    """Return a broadcast activation: its value and its column index.

    With broadcasts of groups others may go along, from number 1 on: `valid` says whether one does,
    `place` has the lowest bits of its column index, in which alone it may differ.
    """
    layout = {"value": signed(ACTIVATION_BITS), "index": unsigned(config.index_bits)}
    for number in range(1, config.broadcast_size):
        layout |= {
            numbered("valid", number): unsigned(1),
            numbered("value", number): signed(ACTIVATION_BITS),
            numbered("place", number): unsigned(LARGEST_GROUP),
        }
    return data.StructLayout(layout)


def offered_layout(config: Config) -> data.StructLayout:
    """Return a word of activations that a PE offers where broadcasts are of groups.

    `wanted` marks the lanes that are sent, `number` is the word's place among those of all PEs.
    """
    lanes = {f"lane_{lane}": signed(ACTIVATION_BITS) for lane in range(LANES)}
    number = unsigned(config.index_bits - exact_log2(LANES))
    return data.StructLayout({**lanes, "wanted": unsigned(LANES), "number": number})


def column_layout(config: Config) -> data.StructLayout:
    """Return an activation with the place of its column's entries.

    `start` is the first entry, `more` counts those behind it: a column has at most one entry for
    each accumulator. Neither says anything of a column that is `empty`.
    """
    return data.StructLayout(
        {
            "value": signed(ACTIVATION_BITS),
            "start": unsigned(config.start_bits),
            "more": unsigned(config.row_bits),
            "empty": unsigned(1),
        }
    )


def columns_layout(config: Config) -> data.StructLayout:
    """Return the columns of a broadcast: of those of a group any may be empty."""
    column = {str(name): field.shape for name, field in column_layout(config)}
    return data.StructLayout(
        {
            numbered(name, number): shape
            for number in range(config.broadcast_size)
            for name, shape in column.items()
        }
    )


def word_layout(config: Config) -> data.StructLayout:
    """Return a sparse-matrix word with the part of it that belongs to a column.

    The entries of the column are those of the slots `slot` to `last_slot`. `base` and `start` are
    the places in the memory of slot 0 and of the column's first entry, modulo ``2 ** gap_bits``.
    `first` marks the first word of the column, `empty` a column that has none. Several lanes need
    to know of the `last` one, too.
    """
    layout = {
        "value": signed(ACTIVATION_BITS),
        "entries": data.ArrayLayout(config.entry_bits, config.entries_per_word),
        "slot": unsigned(config.slot_bits),
        "last_slot": unsigned(config.slot_bits),
        "base": unsigned(config.gap_bits),
        "start": unsigned(config.gap_bits),
        "first": unsigned(1),
        "empty": unsigned(1),
    }
    if config.lanes > 1:
        layout["last"] = unsigned(1)
    return data.StructLayout(layout)


def in_column(word: data.View, slot: int, config: Config) -> Value:
    """Return whether a slot of a word is one of the column's."""
    bounds = []
    if slot < config.entries_per_word - 1:
        bounds.append(word.slot <= slot)
    if slot > 0:
        bounds.append(word.last_slot >= slot)
    return Cat(bounds).all() if bounds else Const(1)


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


def placed_layout(config: Config) -> data.StructLayout:
    """Return an entry with its local row, as lanes take it."""
    return data.StructLayout(
        {"code": unsigned(config.weight_bits), "row": unsigned(config.row_bits)}
    )


def block_layout(config: Config) -> data.StructLayout:
    """Return entries of a column with its activation: the first `count` of a word's number."""
    size = config.entries_per_word
    return data.StructLayout(
        {
            "value": signed(ACTIVATION_BITS),
            "entries": data.ArrayLayout(placed_layout(config), size),
            "count": unsigned(size.bit_length()),
        }
    )


def group_layout(config: Config) -> data.StructLayout:
    """Return entries of a column for one cycle, with its activation.

    `valid` marks the lanes that have one, from the first on; their rows lie in different banks.
    """
    return data.StructLayout(
        {
            "value": signed(ACTIVATION_BITS),
            "valid": unsigned(config.lanes),
            "entries": data.ArrayLayout(placed_layout(config), config.lanes),
        }
    )


def unpacked_layout(config: Config) -> data.StructLayout:
    """Return what the arithmetic takes in a cycle: an entry, or a group where there are lanes."""
    return group_layout(config) if config.lanes > 1 else entry_layout(config)


def products_layout(config: Config) -> data.ArrayLayout:
    """Return the products of the lanes with their local rows."""
    lane = {"valid": 1, "row": config.row_bits, "product": signed(PRODUCT_BITS)}
    return data.ArrayLayout(data.StructLayout(lane), config.lanes)


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
    layout : amaranth.lib.data.Layout
        How activations are told.

    Members
    -------
    stream : Out(stream)
        The activations.
    more : Out(1)
        The part may still give an activation; low for the rest of the pass once it cannot.
    """

    ports = ActivationSourceInterface

    def __init__(self, layout: data.Layout) -> None:
        super().__init__({"stream": Out(stream.Signature(layout)), "more": Out(1)})


class ActivationBranchInterface(ActivationSourceInterface):
    """Ports of an `ActivationBranch`; without rounds those of an `ActivationSource`."""

    round: Signal
    turn: Signal


class ActivationBranch(TypedSignature[ActivationBranchInterface]):
    """An `ActivationSource` whose activations are taken in rounds, one for each word of a PE.

    A round is told from the one behind it by its lowest bit. The source is at most one round ahead
    of what takes from it: it passes over a round in which it has nothing only when that is taken
    from.

    Parameters
    ----------
    config : Config

    Members
    -------
    stream : Out(stream)
        The activations.
    more : Out(1)
        The part may still give an activation; low for the rest of the pass once it cannot.
    round : Out(1)
        Round of the activation that is offered, or else of the next one at the earliest.
    turn : In(1)
        Round that is taken from; it has not ended in the cycle before.
    """

    ports = ActivationBranchInterface

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "stream": Out(activation_stream(config)),
                "more": Out(1),
                "round": Out(1),
                "turn": In(1),
            }
        )


def activation_source(config: Config) -> ActivationSource:
    """Return the ports of a source of broadcast activations."""
    return ActivationSource(activation_layout(config))


def activation_branch(config: Config) -> ActivationSource | ActivationBranch:
    """Return the ports of the PEs towards the root of the LNZD tree.

    With broadcasts of groups a PE gives its words one after the other, also those in which nothing
    is wanted: each is a round.
    """
    if config.in_groups:
        return ActivationSource(offered_layout(config))
    return ActivationBranch(config) if config.tells_rounds else activation_source(config)
