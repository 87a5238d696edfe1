"""Passes that the control unit refuses."""

from amaranth import Cat, Mux, Value

from zskip.hw.common.program_memory import ProgramMemory
from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import FORMATS
from zskip.model.common.floats import FLOAT32


def exceeds(program: ProgramMemory, biases: Value, config: Config) -> Value:
    """Return whether the pass that was fetched has nothing to do or exceeds the array.

    Parameters
    ----------
    program : ProgramMemory
        Shows the pass.
    biases : Value
        Rounds of the passes in front of it.
    config : Config
        The array.
    """
    word_0, word_1 = program.words
    wide = word_1.format == FORMATS.index(FLOAT32)
    rows = Mux(word_1.joined, word_1.rounds, word_1.rounds * config.segments)
    limits = (
        (word_0.outputs, config.vector_depth),
        (word_0.inputs, config.vector_depth),
        (rows << wide, config.vector_depth // config.pe_count),
        (word_1.groups << wide, config.vector_depth // config.pairs),
    )
    reasons = [(count == 0) | (count > most) for count, most in limits]
    return Cat(
        *reasons,
        biases + word_1.rounds > config.bias_depth,
        word_1.format > config.float_bits // 16,
        (word_1.format != 0) & ~word_1.joined,
    ).any()
