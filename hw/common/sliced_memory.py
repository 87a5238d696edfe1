"""Memory of words that are wider than those of the stream."""

from amaranth import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import ceil_log2

from zskip.hw.common.sram import Sram
from zskip.hw.common.tile_memory import (
    TileHalves,
    TileHalvesInterface,
    TileMemory,
    connect_memory,
    weight_memory,
)
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.model.common.stream import STREAM_BITS


class SlicedMemory(wiring.Component):
    """Hold words in slices of at most 64 bits, which are written alone and read together.

    Latency: one cycle from `read` to `word`, which holds until the next read. Throughput: one word
    a cycle. Stall rule: none; reads and writes never come together, or in different halves.

    Parameters
    ----------
    width : int
        Bits of a word.
    depth : int
        Words.
    slice_bits : int, optional
        Bits of a slice; the last one has the rest.
    parity : int, optional
        1 for a bit of parity in each slice.
    streamed : int, optional
        1 for two halves of `depth` words each, one of which is read while the other is written.

    Members
    -------
    w_port : In(WritePort)
        Writes a slice: its number below the address of the word, in a whole number of bits. A
        number without a slice is ignored.
    read : In(1)
        Read in this cycle.
    address : In
        Address of the word.
    word : Out(width)
        The word, the first slice in the lowest bits.
    faulty : Out(parity)
        The parity of a slice of the word is wrong.
    halves : In(TileHalves)
        Halves that are read and written; with `streamed` only.
    """

    w_port: WritePortInterface
    read: Signal
    address: Signal
    word: Signal
    faulty: Signal
    halves: TileHalvesInterface

    def __init__(
        self,
        *,
        width: int,
        depth: int,
        slice_bits: int = STREAM_BITS,
        parity: int = 0,
        streamed: int = 0,
    ) -> None:
        self.depth = depth
        self.parity = parity
        self.streamed = streamed
        starts = range(0, width, slice_bits)
        self.slice_widths = [min(slice_bits, width - start) for start in starts]
        self.number_bits = ceil_log2(len(starts))
        slice_address = address_bits(depth << self.number_bits)
        super().__init__(
            {
                "w_port": In(WritePort(address_bits=slice_address, data_bits=STREAM_BITS)),
                "read": In(1),
                "address": In(address_bits(depth)),
                "word": Out(width),
                "faulty": Out(parity),
                **({"halves": In(TileHalves())} if streamed else {}),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        number = self.w_port.address[: self.number_bits]
        slices: list[Sram | TileMemory] = []
        for index, bits in enumerate(self.slice_widths):
            m.submodules[f"slice_{index}"] = part = weight_memory(
                width=bits, depth=self.depth, streamed=self.streamed, parity=self.parity
            )
            connect_memory(
                m,
                part,
                read=self.read,
                address=self.address,
                write=self.w_port.en & (number == index),
                w_address=self.w_port.address[self.number_bits :],
                w_data=self.w_port.data,
                halves=self.halves if self.streamed else None,
            )
            slices.append(part)
        m.d.comb += self.word.eq(Cat(part.word for part in slices))
        if self.parity:
            m.d.comb += self.faulty.eq(Cat(part.faulty for part in slices).any())
        return m
