"""The pass that the central control unit runs."""

from typing import NamedTuple

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import data

from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.eie.commands import PassSettingsInterface
from zskip.model.eie.config import Config


class Current(NamedTuple):
    """The pass under way: its descriptor, its number, and the half that holds its inputs.

    `program` shows the pass that was fetched last, `refused` whether it is refused, a cycle later;
    `ready` says that the program's first pass and its inputs are there, `settled` that the last row
    of a write-back has arrived, `fresh` that the inputs of the pass, or of the next one behind its
    computing mode, are those of the network, where these have banks.
    """

    program: ProgramMemory
    word_0: data.View
    word_1: data.View
    number: Signal
    half: Signal
    refused: Signal
    ready: Signal
    settled: Signal
    fresh: Signal

    def tell(self, m: Module, settings: PassSettingsInterface, config: Config) -> None:
        """Tell the PEs what they need to know of the pass."""
        if config.grouped_pointers:
            m.d.comb += settings.group_bits.eq(self.word_0.group_bits)
        if not config.streamed:
            m.d.comb += [
                settings.pointer_base.eq(self.word_1.pointer_base),
                # That of the pass that was fetched last: it is there before computing mode.
                settings.inputs.eq(self.program.words[0].inputs),
            ]
        if config.holds_first_word:
            m.d.comb += settings.hands_on.eq(self.word_0.swap & ~self.word_0.last)
        m.d.comb += [
            settings.bias_base.eq(self.word_1.bias_base),
            settings.row_base.eq(self.word_1.row_base),
            settings.half.eq(self.half),
            settings.shift.eq(self.word_0.shift),
            settings.relu.eq(self.word_0.relu),
        ]


def exceeds(program: ProgramMemory, config: Config) -> Value:
    """Return whether the pass that was fetched has nothing to do or exceeds the array."""
    word_0, word_1 = program.words
    return Cat(
        word_0.outputs == 0,
        word_0.outputs > config.vector_depth,
        word_0.inputs == 0,
        word_0.inputs > config.vector_depth,
        word_1.rows == 0,
        word_1.rows > config.register_depth,
        word_1.row_base + word_1.rows > config.activation_depth,
    ).any()
