"""Weight memory of a row: a word for each beat."""

from amaranth import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.utils import exact_log2

from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import Config


class WeightMemory(wiring.Component):
    """Hold the weights of a row in slices of at most 64 bits, which are read together.

    Latency: one cycle from `read` to `word`, which holds until the next read. Throughput: one word
    a cycle. Stall rule: none; reads and writes never come together.

    Parameters
    ----------
    config : Config
        Gives depth and widths.

    Members
    -------
    w_port : In(WritePort)
        Writes a slice: its number below the address of the word, in a whole number of bits. A
        number without a slice is ignored.
    read : In(1)
        Read in this cycle.
    address : In
        Address of the word.
    word : Out(word_bits)
        The word, the first slice in the lowest bits.
    """

    w_port: WritePortInterface
    read: Signal
    address: Signal
    word: Signal

    def __init__(self, config: Config) -> None:
        self.config = config
        slice_bits = address_bits(config.weight_depth * config.slices)
        super().__init__(
            {
                "w_port": In(WritePort(address_bits=slice_bits, data_bits=STREAM_BITS)),
                "read": In(1),
                "address": In(address_bits(config.weight_depth)),
                "word": Out(config.word_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        config = self.config
        number_bits = exact_log2(config.slices)
        number = self.w_port.address[:number_bits]
        slices = []
        for index in range(config.memory_slices):
            bits = min(STREAM_BITS, config.word_bits - index * STREAM_BITS)
            m.submodules[f"slice_{index}"] = part = Sram(width=bits, depth=config.weight_depth)
            written = self.w_port.en & (number == index)
            m.d.comb += [
                part.en.eq(self.read | written),
                part.we.eq(written),
                part.address.eq(Mux(written, self.w_port.address[number_bits:], self.address)),
                part.w_data.eq(self.w_port.data),
            ]
            slices.append(part.r_data)
        m.d.comb += self.word.eq(Cat(slices))
        return m
