"""Codebook of a PE."""

from amaranth import Array, Module, Signal, signed

from zskip.hw.common.write_port import WritePortInterface
from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.common.stream import LANES
from zskip.model.eie.config import Config


def write_codebook(m: Module, port: WritePortInterface, config: Config) -> Array[Signal]:
    """Return the values of a codebook, which a port writes, four at a time."""
    codebook = Array(
        Signal(signed(CODEBOOK_BITS), name=f"codebook_{code}")
        for code in range(config.codebook_size)
    )
    with m.If(port.en), m.Switch(port.address):
        for word in range(config.codebook_words):
            with m.Case(word):
                for lane in range(LANES):
                    value = port.data.word_select(lane, CODEBOOK_BITS)
                    m.d.sync += codebook[word * LANES + lane].eq(value)
    return codebook
