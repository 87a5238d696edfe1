"""Passes that the control unit refuses."""

from amaranth import Cat, Value

from zskip.hw.common.program_memory import ProgramMemory
from zskip.model.nm.config import Config


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
