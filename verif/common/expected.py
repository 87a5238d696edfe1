"""The result stream that the models expect of a block: its words, and when packets begin."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import pack
from zskip.model.common.counters import Counters, LayerRun
from zskip.model.common.engine import StreamFormat
from zskip.model.common.fixed import IntArray
from zskip.model.common.program import Program
from zskip.model.common.stream import RESULT_HEADER, Kind, pack_activations

Words = NDArray[np.uint64]


def result_words(program: Program, layers: Sequence[LayerRun], stream: StreamFormat) -> Words:
    """Return every word of the result stream, headers included.

    No counter depends on when the host takes the words.

    Parameters
    ----------
    program : Program
        The program, whose passes say what they send.
    layers : sequence of LayerRun
        Outputs and all counters of every layer for ``n`` input vectors.
    stream : StreamFormat
        Order of the counters.

    Returns
    -------
    ndarray of uint64, shape (n, words)
    """
    passes = [entry for layer in layers for entry in layer.passes]
    packets = []
    layer = 0
    for index, entry in enumerate(program.passes):
        if entry.emit_outputs:
            rows = np.stack([pack_activations(row, entry.form) for row in layers[layer].outputs])
            packets += _packet(Kind.OUTPUTS, index, rows)
        if entry.emit_counters:
            packets += _packet(Kind.COUNTERS, index, _counters(passes[index], stream))
        layer += entry.swap
    return np.concatenate(packets, axis=1)


def packet_cycles(program: Program, layers: Sequence[LayerRun]) -> IntArray:
    """Return the cycles of the passes that run before each packet, behind the packet before it.

    Parameters
    ----------
    program : Program
        The program, whose passes say what they send.
    layers : sequence of LayerRun
        All counters of every layer for ``n`` input vectors.

    Returns
    -------
    ndarray of int64, shape (n, packets)
    """
    clocks = [entry["cycles"] for layer in layers for entry in layer.passes]
    cycles = []
    waited = np.zeros_like(clocks[0])
    for entry, clock in zip(program.passes, clocks, strict=True):
        waited = waited + clock
        for _ in range(entry.emit_outputs + entry.emit_counters):
            cycles.append(waited)
            waited = np.zeros_like(clock)
    return np.stack(cycles, axis=1)


def _packet(kind: Kind, index: int, data: Words) -> list[Words]:
    """Return a packet of every input vector as columns of words."""
    header = pack(RESULT_HEADER, kind=kind, pass_index=index, words=data.shape[1])
    return [np.full((len(data), 1), header, dtype=np.uint64), data]


def _counters(counters: Counters, stream: StreamFormat) -> Words:
    """Return the counters of a pass as they are sent, shape (n, words)."""
    central = np.stack([counters.central[name] for name in stream.central], axis=1)
    by_pe = np.stack([counters.per_pe[name] for name in stream.per_pe], axis=2)
    values = np.concatenate([central, by_pe.reshape(len(by_pe), -1)], axis=1)
    return values.astype("<u4").view("<u8")
