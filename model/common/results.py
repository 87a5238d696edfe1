"""The result stream of a run: from words to outputs and counters, and back."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import pack, unpack
from zskip.model.common.counters import Counters, LayerRun
from zskip.model.common.errors import RunFailure
from zskip.model.common.program import Program
from zskip.model.common.stream import (
    RESULT_HEADER,
    Kind,
    pack_activations,
    unpack_activations,
    unpack_counters,
)

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
            rows = [unpack_activations(row, entry.outputs) for row in outputs]
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


def result_words(
    program: Program, layers: Sequence[LayerRun], central: Sequence[str], per_pe: Sequence[str]
) -> Words:
    """Return every word of the result stream, headers included; the opposite of `parse`.

    No word depends on when the host takes the words before it.

    Parameters
    ----------
    program : Program
        The program that runs.
    layers : sequence of LayerRun
        What the models give for ``n`` input vectors, with all counters.
    central, per_pe : sequence of str
        Names of the counters in the order of the stream: of the control unit, and of each PE.

    Returns
    -------
    ndarray of uint64, shape (n, words)
    """
    counters = [entry for layer in layers for entry in layer.passes]
    packets: list[Words] = []
    done = 0
    for index, entry in enumerate(program.passes):
        if entry.emit_outputs:
            rows = np.stack([pack_activations(row) for row in layers[done].outputs])
            packets += _headed(Kind.OUTPUTS, index, rows)
        if entry.emit_counters:
            values = counters[index]
            own = [values.per_pe[name] for name in per_pe]
            by_pe = np.stack(own, axis=2).reshape(len(own[0]), -1)
            both = [np.stack([values.central[name] for name in central], axis=1), by_pe]
            words = np.concatenate(both, axis=1).astype("<u4").view("<u8")
            packets += _headed(Kind.COUNTERS, index, words)
        done += entry.swap
    return np.concatenate(packets, axis=1)


def packet_cycles(program: Program, layers: Sequence[LayerRun]) -> NDArray[np.int64]:
    """Return the cycles of the passes that run before each packet, behind the packet before it.

    Parameters
    ----------
    program : Program
        The program that runs.
    layers : sequence of LayerRun
        What the models give for ``n`` input vectors, with the counter ``cycles``.

    Returns
    -------
    ndarray of int64, shape (n, packets)
    """
    clocks = [entry.central["cycles"] for layer in layers for entry in layer.passes]
    cycles = []
    waited = np.zeros_like(clocks[0])
    for entry, clock in zip(program.passes, clocks, strict=True):
        waited = waited + clock
        for _ in range(entry.emit_outputs + entry.emit_counters):
            cycles.append(waited)
            waited = np.zeros_like(clock)
    return np.stack(cycles, axis=1)


def _headed(kind: Kind, index: int, data: Words) -> list[Words]:
    """Return the headers and the data of a packet of every input vector."""
    header = pack(RESULT_HEADER, kind=kind, pass_index=index, words=data.shape[1])
    return [np.full((len(data), 1), header, dtype=np.uint64), data]
