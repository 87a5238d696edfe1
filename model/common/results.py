"""The result stream of a run: from words to outputs and counters."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import unpack
from zskip.model.common.counters import Counters, LayerRun
from zskip.model.common.errors import RunFailure
from zskip.model.common.program import Program
from zskip.model.common.stream import RESULT_HEADER, Kind, unpack_activations, unpack_counters

Words = NDArray[np.uint64]


def parse(
    program: Program, results: Words, central: Sequence[str], per_pe: Sequence[str]
) -> tuple[LayerRun, ...]:
    """Take the result packets of every input vector apart.

    Parameters
    ----------
    program : Program
        The program that ran; every pass sends its counters, and every layer its outputs.
    results : ndarray of uint64, shape (n, words)
        Words of the result stream for each input vector.
    central, per_pe : sequence of str
        Names of the counters in the order of the stream: of the control unit, and of each PE.

    Returns
    -------
    tuple of LayerRun

    Raises
    ------
    RunFailure
        A header of any input vector is not the one that the program sends.
    """
    position = 0
    layers: list[LayerRun] = []
    passes: list[Counters] = []
    outputs = results[:, :0]
    for index, entry in enumerate(program.passes):
        if entry.emit_outputs:
            outputs, position = _packet(results, position, Kind.OUTPUTS, index)
        words, position = _packet(results, position, Kind.COUNTERS, index)
        passes.append(_counters(words, central, per_pe))
        if entry.swap:
            rows = [unpack_activations(row, entry.outputs, entry.form) for row in outputs]
            layers.append(LayerRun(outputs=np.stack(rows), passes=tuple(passes)))
            passes = []
    return tuple(layers)


def _counters(words: Words, central: Sequence[str], per_pe: Sequence[str]) -> Counters:
    """Name the counters of a packet."""
    values = np.stack([unpack_counters(row) for row in words])
    own = values[:, len(central) :].reshape(len(values), -1, max(len(per_pe), 1))
    return Counters(
        central={name: values[:, index] for index, name in enumerate(central)},
        per_pe={name: own[:, :, index] for index, name in enumerate(per_pe)},
    )


def _packet(results: Words, position: int, kind: Kind, index: int) -> tuple[Words, int]:
    """Return the data of the next packet, and where the one behind it begins."""
    first = unpack(RESULT_HEADER, int(results[0, position]))
    expected = {"kind": int(kind), "pass_index": index, "words": first["words"]}
    for vector, word in enumerate(results[:, position].tolist()):
        given = unpack(RESULT_HEADER, word)
        if given != expected:
            raise RunFailure(
                f"the result stream of input {vector} must bring packet {expected}, but brought "
                f"{given}"
            )
    end = position + 1 + first["words"]
    return results[:, position + 1 : end], end
