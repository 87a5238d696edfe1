"""Passes that the Bitlet array must refuse."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from zskip.model.bitlet.config import Config
from zskip.model.bitlet.passes import FORMATS, PASS_WORD_1, Pass
from zskip.model.common.floats import FLOAT16, FLOAT32
from zskip.model.common.passes import PASS_WORD_0


def refused_passes(entry: Pass, config: Config) -> dict[str, Pass]:
    """Return passes that the array must refuse, by the reason; all else is as in a good one.

    Parameters
    ----------
    entry : Pass
        A pass that is not refused.
    config : Config
        The array.

    Returns
    -------
    dict of str to Pass
    """
    places = entry.form.places
    rows = 1 if entry.joined else config.segments
    bits = {field.name: field.bits for field in (*PASS_WORD_0, *PASS_WORD_1)}
    # Lengths of vectors are counted in places by the program, in activations by a pass.
    most = {
        "outputs": config.vector_depth // places,
        "inputs": config.vector_depth // places,
        "rounds": config.vector_depth // config.pe_count // places // rows,
        "groups": config.vector_depth // config.pairs // places,
    }
    passes = {}
    for name, limit in most.items():
        highest = 1 << (bits[name] - 1)
        scale = places if name in ("outputs", "inputs") else 1
        values = {"none": 0, "one too many": limit + 1, "highest bit": highest // scale}
        for reason, value in values.items():
            passes[f"{name}: {reason}"] = replace(entry, **{name: value})
    passes["biases"] = replace(entry, rounds=config.bias_depth + 1)
    floating = replace(entry, number=FLOAT16, outputs=1, inputs=1, rounds=1, groups=1)
    if config.float_bits < 32:
        passes["float32"] = replace(floating, number=FLOAT32, joined=True)
    if config.float_bits < 16:
        passes["float16"] = replace(floating, joined=True)
    passes["not joined"] = replace(floating, joined=False)
    passes["unknown format"] = UnknownFormat(**{**vars(floating), "joined": True})
    return passes


@dataclass(frozen=True, kw_only=True)
class UnknownFormat(Pass):
    """A pass of a format that there is not."""

    def program_words(self) -> NDArray[np.uint64]:
        """Return the program words, with the code behind the known ones."""
        words = super().program_words()
        low = next(field.low for field in PASS_WORD_1 if field.name == "format")
        words[1] |= np.uint64(len(FORMATS) << low)
        return words
