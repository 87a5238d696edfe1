"""Random programs for the benches of the units that read them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.fixed import CODEBOOK_BITS, limits
from zskip.model.eie.config import Config
from zskip.model.eie.passes import Pass


def random_pass(config: Config, rng: np.random.Generator, *, last: bool) -> Pass:
    """Return a pass whose every field is random.

    Parameters
    ----------
    config : Config
        Gives the ranges.
    rng : numpy.random.Generator
        Where randomness comes from.
    last : bool
        Whether the run ends with the pass.

    Returns
    -------
    Pass
    """
    flags = rng.integers(2, size=4, dtype=np.bool_).tolist()
    rows = int(rng.integers(1, min(config.register_depth, config.activation_depth), endpoint=True))
    return Pass(
        outputs=int(rng.integers(1, config.vector_depth, endpoint=True)),
        inputs=int(rng.integers(1, config.vector_depth, endpoint=True)),
        row_base=int(rng.integers(config.activation_depth - rows, endpoint=True)),
        rows=rows,
        pointer_base=int(rng.integers(1 << config.pair_bits)),
        bias_base=int(rng.integers(1 << config.bias_address_bits)),
        shift=int(rng.integers(config.acc_bits)),
        relu=flags[0],
        codebook=rng.integers(*limits(CODEBOOK_BITS), size=config.codebook_size, endpoint=True),
        emit_outputs=flags[1],
        emit_counters=flags[2],
        swap=flags[3],
        last=last,
    )


def program_words(passes: Sequence[Pass]) -> NDArray[np.uint64]:
    """Return the contents of the program memory for some passes."""
    return np.concatenate([entry.words() for entry in passes])
