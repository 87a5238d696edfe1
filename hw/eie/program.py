"""Program memory: the descriptor and codebook of each pass."""

from amaranth import Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.bitfields import word_layout
from zskip.hw.common.sram import Sram
from zskip.hw.eie.interfaces import WritePort, WritePortInterface
from zskip.model.common.stream import STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.passes import DESCRIPTOR_WORDS, PASS_WORD_0, PASS_WORD_1, pass_words


class ProgramMemory(wiring.Component):
    """Hand out the passes of a program one after the other (`zskip.model.eie.program`).

    Latency: three cycles from `fetch` to `described`, ``pass_words + 1`` to the end of `busy`. The
    descriptor holds until the next fetch.

    Parameters
    ----------
    config : Config
        Gives the depth.

    Members
    -------
    w_port : In(WritePort)
        Writes a word; in I/O mode only.
    rewind : In(1)
        The next fetch begins with the first pass.
    fetch : In(1)
        Fetch a pass; high for one cycle, in which `busy` is low.
    described : Out(1)
        The descriptor of the pass fetched last has arrived.
    busy : Out(1)
        Words are on their way.
    word_0, word_1 : Out
        Descriptor of the pass.
    codebook : Out(WritePort)
        Codebook of the pass, four values a word.
    """

    w_port: WritePortInterface
    rewind: Signal
    fetch: Signal
    described: Signal
    busy: Signal
    word_0: data.View
    word_1: data.View
    codebook: WritePortInterface

    def __init__(self, config: Config) -> None:
        self.config = config
        self.depth = pass_words(config) * config.pass_count
        super().__init__(
            {
                "w_port": In(
                    WritePort(
                        address_bits=max(1, (self.depth - 1).bit_length()), data_bits=STREAM_BITS
                    )
                ),
                "rewind": In(1),
                "fetch": In(1),
                "described": Out(1),
                "busy": Out(1),
                "word_0": Out(word_layout(PASS_WORD_0, STREAM_BITS)),
                "word_1": Out(word_layout(PASS_WORD_1, STREAM_BITS)),
                "codebook": Out(
                    WritePort(
                        address_bits=max(1, (config.codebook_words - 1).bit_length()),
                        data_bits=STREAM_BITS,
                    )
                ),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        words = pass_words(self.config)
        m.submodules.sram = sram = Sram(width=STREAM_BITS, depth=self.depth)
        address = Signal.like(self.w_port.address)
        word = Signal(range(words))
        fetching = Signal()
        reading = self.fetch | fetching
        at_last_word = word == words - 1
        arriving = Signal()
        arriving_word = Signal(range(words))
        m.d.comb += [
            sram.en.eq(reading | self.w_port.en),
            sram.we.eq(self.w_port.en),
            sram.address.eq(Mux(self.w_port.en, self.w_port.address, address)),
            sram.w_data.eq(self.w_port.data),
            self.busy.eq(fetching | arriving),
        ]
        m.d.sync += [arriving.eq(reading), arriving_word.eq(word)]
        with m.If(reading):
            m.d.sync += [
                fetching.eq(~at_last_word),
                word.eq(Mux(at_last_word, 0, word + 1)),
                address.eq(address + 1),
            ]
        with m.If(self.rewind):
            m.d.sync += address.eq(0)
        with m.If(self.fetch):
            m.d.sync += self.described.eq(0)
        with m.If(arriving & (arriving_word == DESCRIPTOR_WORDS - 1)):
            m.d.sync += self.described.eq(1)

        with m.If(arriving & (arriving_word == 0)):
            m.d.sync += self.word_0.eq(sram.r_data)
        with m.If(arriving & (arriving_word == 1)):
            m.d.sync += self.word_1.eq(sram.r_data)
        m.d.comb += [
            self.codebook.en.eq(arriving & (arriving_word >= DESCRIPTOR_WORDS)),
            self.codebook.address.eq(arriving_word - DESCRIPTOR_WORDS),
            self.codebook.data.eq(sram.r_data),
        ]
        return m
