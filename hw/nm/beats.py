"""Beats of a pass, one after the other."""

from amaranth import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from zskip.model.nm.config import Config
from zskip.model.nm.passes import PASS_WORD_1


class Beats(wiring.Component):
    """Go through the beats of a pass: of each block, each word of activations, and each beat of it.

    Latency: none. Throughput: one beat a cycle. Stall rule: none.

    Parameters
    ----------
    config : Config
        Gives the widths.

    Members
    -------
    restart : In(1)
        The next beat is the first of a pass.
    go : In(1)
        A beat happens in this cycle.
    blocks, words, beats : In
        Blocks of the pass, words of each, beats of each word; constant from the first beat to the
        last.
    word : Out
        Word of the beat.
    read : Out(1)
        The beat is the first of its word.
    first : Out(1)
        It is the first of its block.
    last : Out(1)
        It is the last of its block.
    finish : Out(1)
        It is the last of the pass.
    """

    restart: Signal
    go: Signal
    blocks: Signal
    words: Signal
    beats: Signal
    word: Signal
    read: Signal
    first: Signal
    last: Signal
    finish: Signal

    def __init__(self, config: Config) -> None:
        counts = {field.name: In(field.bits) for field in PASS_WORD_1}
        super().__init__(
            {
                "restart": In(1),
                "go": In(1),
                **counts,
                "word": Out(range(config.vector_depth // config.window)),
                "read": Out(1),
                "first": Out(1),
                "last": Out(1),
                "finish": Out(1),
            }
        )
        self._block_count = config.vector_depth // config.pe_count
        self._max_beats = config.max_beats

    def elaborate(self, platform: object) -> Module:
        m = Module()
        block = Signal(range(self._block_count))
        word = Signal.like(self.word)
        beat = Signal(range(self._max_beats))
        at_last_beat = Signal()
        m.d.comb += [
            at_last_beat.eq(beat == self.beats - 1),
            self.word.eq(word),
            self.read.eq(beat == 0),
            self.first.eq((word == 0) & (beat == 0)),
            self.last.eq((word == self.words - 1) & at_last_beat),
            self.finish.eq((block == self.blocks - 1) & self.last),
        ]
        with m.If(self.go):
            m.d.sync += beat.eq(beat + 1)
            with m.If(at_last_beat):
                m.d.sync += [beat.eq(0), word.eq(word + 1)]
            with m.If(self.last):
                m.d.sync += [word.eq(0), block.eq(block + 1)]
        with m.If(self.restart):
            m.d.sync += [beat.eq(0), word.eq(0), block.eq(0)]
        return m
