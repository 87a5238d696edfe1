"""Central control unit: runs the passes of a program over all PEs (EIE paper, section IV)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.eie.lnzd import broadcast_order
from zskip.model.eie.pe.act_rw import ActRW
from zskip.model.eie.pe.arithmetic import Arithmetic
from zskip.model.eie.pe.pipeline import Columns, Pipeline
from zskip.model.eie.schedule import Pass, Program, local_depth


@dataclass(frozen=True, eq=False, kw_only=True)
class PassResult:
    """What one pass gives for ``n`` input vectors.

    Parameters
    ----------
    outputs : ndarray of int64, shape (n, outputs)
        16-bit activations after write-back.
    broadcasts : ndarray of int64, shape (n,)
        Non-zero activations sent to the PEs.
    counters : dict of str to ndarray of int64, shape (n, pe_count)
        The counters `zskip.model.eie.counters.UNTIMED` of every PE.
    """

    outputs: NDArray[np.int64]
    broadcasts: NDArray[np.int64]
    counters: dict[str, NDArray[np.int64]]


class Ccu:
    """Sequencer of the array; decodes every column of the program once, when it is made.

    Parameters
    ----------
    program : Program
        Contents of every memory.
    inputs : int
        Length of the network's input vector.
    """

    def __init__(self, program: Program, inputs: int) -> None:
        self.program = program
        self.config = program.config
        self.pes = [Pipeline(program, pe) for pe in range(self.config.pe_count)]
        lengths = [inputs, *(entry.outputs for entry in program.passes[:-1])]
        self._columns = [
            [pe.columns(entry, length) for pe in self.pes]
            for entry, length in zip(program.passes, lengths, strict=True)
        ]

    def run(self, activations: NDArray[np.int64]) -> Iterator[PassResult]:
        """Run every pass on some input vectors.

        Parameters
        ----------
        activations : ndarray of int64, shape (n, inputs)
            16-bit activations.

        Yields
        ------
        PassResult
        """
        n = activations.shape[0]
        shape = (self.config.pe_count, self.config.register_depth, n)
        sources = np.zeros(shape, dtype=np.int64)
        accumulators = np.zeros(shape, dtype=np.int64)
        files = [ActRW(*pair) for pair in zip(sources, accumulators, strict=True)]
        for pe, file in enumerate(files):
            file.load(activations.T[pe :: self.config.pe_count])
        length = activations.shape[1]
        for entry, columns in zip(self.program.passes, self._columns, strict=True):
            source = _in_order(sources, length)
            rows = local_depth(entry.outputs, self.config)
            base = entry.bias_base
            for pe, file in zip(self.pes, files, strict=True):
                file.preload(pe.bias[base : base + rows])
            overflows = self._compute(entry, columns, source, accumulators)
            saturations = [file.write_back(rows, entry.shift, entry.relu) for file in files]
            length = entry.outputs
            yield PassResult(
                outputs=_in_order(sources, length).T,
                broadcasts=np.count_nonzero(source, axis=0),
                counters=self._counters(columns, source, np.stack(saturations, 1), overflows),
            )

    def _compute(
        self,
        entry: Pass,
        columns: list[Columns],
        source: NDArray[np.int64],
        accumulators: NDArray[np.int64],
    ) -> NDArray[np.int64]:
        """Broadcast every non-zero activation; return the overflows, shape (n, pe_count)."""
        arithmetic = Arithmetic(self.config, entry.codebook)
        pe_count, depth, n = accumulators.shape
        flat = accumulators.reshape(pe_count * depth, n)
        column = np.concatenate([part.column for part in columns])
        rows = np.concatenate([part.row + pe * depth for pe, part in enumerate(columns)])
        weights = np.concatenate([part.weight for part in columns])
        by_column = np.argsort(column, kind="stable")
        bounds = np.searchsorted(column[by_column], np.arange(source.shape[0] + 1))
        overflows = np.zeros((n, pe_count), dtype=np.int64)
        active = np.count_nonzero(source, axis=1) > 0
        for index in broadcast_order(active, self.config):
            entries = by_column[bounds[index] : bounds[index + 1]]
            overflow = arithmetic.accumulate(flat, rows[entries], weights[entries], source[index])
            if overflow.any():
                np.add.at(overflows.T, rows[entries] // depth, overflow)
        return overflows

    def _counters(
        self,
        columns: list[Columns],
        source: NDArray[np.int64],
        saturations: NDArray[np.int64],
        overflows: NDArray[np.int64],
    ) -> dict[str, NDArray[np.int64]]:
        """Count what the broadcast columns cost each PE, shape (n, pe_count) each."""
        active = (source != 0).T.astype(np.float64)

        def total(per_pe: list[NDArray[np.int64]]) -> NDArray[np.int64]:
            return (active @ np.stack(per_pe, 1).astype(np.float64)).astype(np.int64)

        broadcasts = active.sum(axis=1).astype(np.int64)
        return {
            "entries": total([part.counts for part in columns]),
            "padding": total([part.padding for part in columns]),
            "spmat_reads": total([part.word_reads for part in columns]),
            "pointer_reads": np.repeat(2 * broadcasts[:, np.newaxis], self.config.pe_count, 1),
            "saturations": saturations,
            "overflows": overflows,
        }


def _in_order(files: NDArray[np.int64], length: int) -> NDArray[np.int64]:
    """Return a copy of the vector that the PEs' files hold, shape (length, n)."""
    by_row = files.transpose(1, 0, 2)
    return by_row.reshape(-1, files.shape[2])[:length].copy()
