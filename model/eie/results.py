"""The result stream that a program gives, from the golden model and the exact cycle model."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import pack
from zskip.model.common.stream import RESULT_HEADER, Kind, pack_activations
from zskip.model.eie.ccu import LayerResult, PassResult
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.cycles import LayerTiming, PassTiming
from zskip.model.eie.program import Program


def result_words(
    program: Program, layers: Sequence[LayerResult], timings: Sequence[LayerTiming]
) -> NDArray[np.uint64]:
    """Return every word of the result stream, headers included.

    No counter depends on when the host takes the words.

    Parameters
    ----------
    program : Program
        Says what each pass sends.
    layers : sequence of LayerResult
        What the golden model gives for ``n`` input vectors, layer by layer.
    timings : sequence of LayerTiming
        What the cycle model gives for the same vectors.

    Returns
    -------
    ndarray of uint64, shape (n, words)
    """
    results = [entry for layer in layers for entry in layer.passes]
    clocks = [entry for timing in timings for entry in timing.passes]
    packets = []
    layer = 0
    for index, entry in enumerate(program.passes):
        if entry.emit_outputs:
            rows = np.stack([pack_activations(row) for row in layers[layer].outputs])
            packets += _packet(Kind.OUTPUTS, index, rows)
        if entry.emit_counters:
            packets += _packet(Kind.COUNTERS, index, _counters(results[index], clocks[index]))
        layer += entry.swap
    return np.concatenate(packets, axis=1)


def packet_cycles(program: Program, timings: Sequence[LayerTiming]) -> NDArray[np.int64]:
    """Return the cycles of the passes that run before each packet, behind the packet before it.

    Parameters
    ----------
    program : Program
        Says what each pass sends.
    timings : sequence of LayerTiming
        What the cycle model gives for ``n`` input vectors, layer by layer.

    Returns
    -------
    ndarray of int64, shape (n, packets)
    """
    clocks = [entry.central["cycles"] for timing in timings for entry in timing.passes]
    cycles = []
    waited = np.zeros_like(clocks[0])
    for entry, clock in zip(program.passes, clocks, strict=True):
        waited = waited + clock
        for _ in range(entry.emit_outputs + entry.emit_counters):
            cycles.append(waited)
            waited = np.zeros_like(clock)
    return np.stack(cycles, axis=1)


def _packet(kind: Kind, index: int, data: NDArray[np.uint64]) -> list[NDArray[np.uint64]]:
    """Return a packet of every input vector as columns of words."""
    header = pack(RESULT_HEADER, kind=kind, pass_index=index, words=data.shape[1])
    return [np.full((len(data), 1), header, dtype=np.uint64), data]


def _counters(result: PassResult, timing: PassTiming) -> NDArray[np.uint64]:
    """Return the counters of a pass as they are sent, shape (n, words)."""
    central = {"broadcasts": result.broadcasts} | timing.central
    per_pe = result.counters | timing.per_pe
    by_pe = np.stack([per_pe[name] for name in PER_PE], axis=2)
    values = np.concatenate(
        [np.stack([central[name] for name in CENTRAL], axis=1), by_pe.reshape(len(by_pe), -1)],
        axis=1,
    )
    return values.astype("<u4").view("<u8")
