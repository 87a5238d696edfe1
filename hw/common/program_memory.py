"""Program memory: the words that describe each pass."""

from amaranth import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.hw.common.bitfields import word_layout
from zskip.hw.common.sram import Sram
from zskip.hw.common.write_port import WritePort, WritePortInterface, address_bits
from zskip.model.common.bitfields import Field
from zskip.model.common.stream import STREAM_BITS


class ProgramMemory(wiring.Component):
    """Hand out the passes of a program one after the other.

    A pass is a descriptor of some words, which are held, and a tail of others, which are passed on.

    Latency: from `fetch` to `described` one cycle more than the descriptor has words, to the end of
    `busy` one more than the pass has. The descriptor holds until the next fetch.

    Parameters
    ----------
    descriptor : tuple of tuple of Field
        Layout of each word of the descriptor.
    tail_words : int
        Words of a pass behind the descriptor, at least 1.
    passes : int
        Passes that there is room for.
    parity : int, optional
        1 for words with parity.

    Members
    -------
    w_port : In(WritePort)
        Writes a word; between runs only.
    rewind : In(1)
        The next fetch begins with the first pass.
    fetch : In(1)
        Fetch a pass; high for one cycle, in which `busy` is low.
    described : Out(1)
        The descriptor of the pass fetched last has arrived.
    reading : Out(1)
        A word is read, which arrives in the next cycle.
    busy : Out(1)
        Words are on their way.
    word_0, word_1, word_2, word_3 : Out, as many as there are
        Words of the descriptor of the pass.
    tail : Out(WritePort)
        Tail of the pass, counted from its first word.
    faulty : Out(parity)
        The parity of the word that arrives is wrong.
    """

    w_port: WritePortInterface
    rewind: Signal
    fetch: Signal
    described: Signal
    reading: Signal
    busy: Signal
    tail: WritePortInterface
    faulty: Signal

    def __init__(
        self,
        *,
        descriptor: tuple[tuple[Field, ...], ...],
        tail_words: int,
        passes: int,
        parity: int = 0,
    ) -> None:
        self.parity = parity
        self.descriptor_words = len(descriptor)
        self.pass_words = len(descriptor) + tail_words
        self.depth = self.pass_words * passes
        super().__init__(
            {
                "w_port": In(
                    WritePort(address_bits=address_bits(self.depth), data_bits=STREAM_BITS)
                ),
                "rewind": In(1),
                "fetch": In(1),
                "described": Out(1),
                "reading": Out(1),
                "busy": Out(1),
                **{
                    f"word_{number}": Out(word_layout(fields, STREAM_BITS))
                    for number, fields in enumerate(descriptor)
                },
                "tail": Out(
                    WritePort(address_bits=address_bits(tail_words), data_bits=STREAM_BITS)
                ),
                "faulty": Out(parity),
            }
        )
        self.words = [getattr(self, f"word_{number}") for number in range(len(descriptor))]

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.sram = sram = Sram(width=STREAM_BITS, depth=self.depth, parity=self.parity)
        address = Signal.like(self.w_port.address)
        word = Signal(range(self.pass_words))
        fetching = Signal()
        arriving = Signal()
        at_last_word = word == self.pass_words - 1
        arriving_word = Signal(range(self.pass_words))
        m.d.comb += [
            self.reading.eq(self.fetch | fetching),
            sram.en.eq(self.reading | self.w_port.en),
            sram.we.eq(self.w_port.en),
            sram.address.eq(Mux(self.w_port.en, self.w_port.address, address)),
            sram.w_data.eq(self.w_port.data),
            # A word arrives in every cycle of the fetch but the first one.
            self.busy.eq(arriving),
        ]
        m.d.sync += [arriving.eq(self.reading), arriving_word.eq(word)]
        with m.If(self.reading):
            m.d.sync += [
                fetching.eq(~at_last_word),
                word.eq(Mux(at_last_word, 0, word + 1)),
                address.eq(address + 1),
            ]
        with m.If(self.rewind):
            m.d.sync += address.eq(0)
        with m.If(self.fetch):
            m.d.sync += self.described.eq(0)
        with m.If(arriving & (arriving_word == self.descriptor_words - 1)):
            m.d.sync += self.described.eq(1)

        for number, descriptor in enumerate(self.words):
            with m.If(arriving & (arriving_word == number)):
                m.d.sync += descriptor.eq(sram.word)
        m.d.comb += [
            self.tail.en.eq(arriving & (arriving_word >= self.descriptor_words)),
            self.tail.address.eq(arriving_word - self.descriptor_words),
            self.tail.data.eq(sram.word),
        ]
        if self.parity:
            m.d.comb += self.faulty.eq(arriving & sram.faulty)
        return m
