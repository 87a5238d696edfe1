"""The pass that the control unit runs."""

from typing import NamedTuple

from amaranth import Cat, Module, Signal, Value
from amaranth.lib import data

from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.nm.commands import RowCommandsInterface, VectorCommandsInterface
from zskip.model.nm.config import Config


class Current(NamedTuple):
    """The pass under way: its first descriptor word, its number, and what has become of it.

    `program` shows the pass that was fetched last, `refused` whether it is refused. `half` has the
    inputs; `biases` counts those of the passes so far, this one's included; `failed` says that
    this one ends the run.
    """

    program: ProgramMemory
    word_0: data.View
    number: Signal
    half: Signal
    biases: Signal
    refused: Signal
    failed: Signal

    def tell(self, m: Module, rows: RowCommandsInterface, vectors: VectorCommandsInterface) -> None:
        """Tell rows and vectors what they need to know of the pass."""
        m.d.comb += [
            rows.shift.eq(self.word_0.shift),
            rows.rounding.eq((1 << self.word_0.shift) >> 1),
            rows.relu.eq(self.word_0.relu),
            vectors.half.eq(self.half),
            vectors.inputs.eq(self.word_0.inputs),
        ]


def exceeds(program: ProgramMemory, biases: Value, config: Config) -> Value:
    """Return whether the pass that was fetched has nothing to do or exceeds the array.

    Parameters
    ----------
    program : ProgramMemory
        Shows the pass.
    biases : Value
        Biases of the passes in front of it.
    config : Config
        The array.
    """
    word_0, word_1 = program.words
    limits = (
        (word_0.outputs, config.vector_depth),
        (word_0.inputs, config.vector_depth),
        (word_1.blocks, config.vector_depth // config.pe_count),
        (word_1.words, config.vector_depth // config.window),
        (word_1.beats, config.max_beats),
    )
    reasons = [(count == 0) | (count > most) for count, most in limits]
    return Cat(*reasons, biases + word_1.blocks > config.bias_depth).any()
