"""The tile that the central control unit computes, where weights are streamed."""

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import data, stream

from zskip.hw.common.bitfields import word_layout
from zskip.hw.eie.commands import PassSettingsInterface
from zskip.model.common.stream import LANES, STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.packets import TILE_WORD


def tile_word(tile: stream.Interface) -> data.View:
    """Return the description of the oldest tile."""
    return data.View(word_layout(TILE_WORD, STREAM_BITS), tile.payload)


def tile_settings(
    m: Module, tile: stream.Interface, half: Signal, settings: PassSettingsInterface
) -> None:
    """Tell the PEs what they need to know of the tile."""
    word = tile_word(tile)
    m.d.comb += [
        settings.inputs.eq(word.end),
        settings.first.eq(word.first),
        settings.pointer_base.eq(word.pointer_base),
        settings.tile_half.eq(half),
    ]


def exceeds_layer(word: data.View, word_0: data.View, config: Config) -> Value:
    """Return whether a tile has no inputs, or some that its layer has not."""
    first = word.first << (config.pe_bits + LANES.bit_length() - 1)
    return Cat(first >= word.end, word.end > word_0.inputs).any()
