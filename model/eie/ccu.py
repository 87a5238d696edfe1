"""Central control unit: runs the passes of a program over all PEs (EIE paper, section IV)."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from zskip.model.common.counters import Counters
from zskip.model.common.fixed import IntArray
from zskip.model.eie.lnzd import broadcast_order
from zskip.model.eie.passes import Pass, local_depth
from zskip.model.eie.pe.accumulators import Accumulators
from zskip.model.eie.pe.act_rw import ActRW
from zskip.model.eie.pe.arithmetic import Arithmetic
from zskip.model.eie.pe.pipeline import Columns, Pipeline
from zskip.model.eie.pe.sparse_matrix_read import SparseMatrixRead
from zskip.model.eie.pe.write_back import WriteBack
from zskip.model.eie.pointers import pointer_reads
from zskip.model.eie.program import Program
from zskip.model.eie.tiles import Tile


class PassRun(NamedTuple):
    """Outputs and counters of one pass for ``n`` input vectors.

    Parameters
    ----------
    outputs : ndarray of int64, shape (n, outputs of the pass)
        16-bit activations after write-back.
    counters : Counters
        ``broadcasts``, and `zskip.model.eie.counters.UNTIMED` of every PE.
    """

    outputs: IntArray
    counters: Counters


class Ccu:
    """Sequencer of the array; decodes every column of the program once, when it is made.

    Parameters
    ----------
    program : Program
        Contents of every memory.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.config = program.config
        self._tiles = [program.pass_tiles(index) for index in range(len(program.passes))]
        self._columns = [
            [self._decode(entry, tiles, pe) for pe in range(self.config.pe_count)]
            for entry, tiles in zip(program.passes, self._tiles, strict=True)
        ]

    def _decode(self, entry: Pass, tiles: Sequence[Tile], pe: int) -> Columns:
        """Return the columns of all tiles of a pass as those of one matrix."""
        parts = []
        for tile in tiles:
            part = Pipeline(self.config, tile, pe).columns(entry, tile.end - tile.first)
            parts.append(part._replace(column=part.column + tile.first))
        return Columns(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    def run(self, activations: IntArray) -> Iterator[PassRun]:
        """Run every pass on some input vectors.

        Parameters
        ----------
        activations : ndarray of int64, shape (n, inputs)
            16-bit activations.

        Yields
        ------
        PassRun
        """
        n = activations.shape[0]
        pe_count = self.config.pe_count
        longest = max(max(entry.inputs, entry.outputs) for entry in self.program.passes)
        depth = local_depth(longest, self.config)
        rows = max(entry.rows for entry in self.program.passes)
        halves = np.zeros((2, pe_count, depth, n), dtype=np.int64)
        accumulators = np.zeros((pe_count, rows, n), dtype=np.int64)
        units = [ActRW(halves[:, pe]) for pe in range(pe_count)]
        files = [
            Accumulators(accumulators[pe], self.program.bias[pe], self.config)
            for pe in range(pe_count)
        ]
        for pe, unit in enumerate(units):
            unit.load(activations.T[pe::pe_count])
        plan = zip(self.program.passes, self._tiles, self._columns, strict=True)
        for entry, tiles, columns in plan:
            source = _in_order([unit.source for unit in units])[: entry.inputs]
            of_pass = np.arange(entry.rows)
            for file in files:
                file.start(entry.bias_base, of_pass)
            overflows = self._compute(entry, tiles, columns, source, accumulators)
            overflows += np.stack([f.finish(entry.bias_base, of_pass) for f in files], axis=1)
            write_back = WriteBack(entry.row_base, entry.shift, entry.relu)
            saturations = []
            for unit, file in zip(units, files, strict=True):
                written, results, saturated = write_back.outputs(of_pass, file.values[of_pass])
                unit.write(written, results)
                saturations.append(saturated.sum(axis=0, dtype=np.int64))
            outputs = _in_order([unit.destination for unit in units])[: entry.outputs]
            first = entry.row_base * pe_count
            yield PassRun(
                outputs[first : first + entry.rows * pe_count].T,
                self._counters(entry, columns, source, np.stack(saturations, 1), overflows),
            )
            if entry.swap:
                for unit in units:
                    unit.swap()

    def _compute(
        self,
        entry: Pass,
        tiles: Sequence[Tile],
        columns: list[Columns],
        source: IntArray,
        accumulators: IntArray,
    ) -> IntArray:
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
        order = [
            tile.first + broadcast_order(active[tile.first : tile.end], self.config)
            for tile in tiles
        ]
        for index in np.concatenate(order):
            entries = by_column[bounds[index] : bounds[index + 1]]
            overflow = arithmetic.accumulate(flat, rows[entries], weights[entries], source[index])
            if overflow.any():
                np.add.at(overflows.T, rows[entries] // depth, overflow)
        return overflows

    def _counters(
        self,
        entry: Pass,
        columns: list[Columns],
        source: IntArray,
        saturations: IntArray,
        overflows: IntArray,
    ) -> Counters:
        """Count what the broadcast columns cost each PE, shape (n, pe_count) each."""
        nonzero = source != 0
        active = nonzero.T.astype(np.float64)
        reader = SparseMatrixRead(self.config, np.zeros(0, dtype=np.uint64))
        reads = [reader.reads(part.start, part.end, nonzero) for part in columns]

        def total(per_pe: list[IntArray]) -> IntArray:
            return (active @ np.stack(per_pe, 1).astype(np.float64)).astype(np.int64)

        broadcasts = active.sum(axis=1).astype(np.int64)
        pointers = pointer_reads(nonzero, entry.group_bits, self.config)
        per_pe = {
            "entries": total([part.counts for part in columns]),
            "padding": total([part.padding for part in columns]),
            "spmat_reads": np.stack(reads, 1),
            "pointer_reads": np.repeat(pointers[:, np.newaxis], self.config.pe_count, 1),
            "saturations": saturations,
            "overflows": overflows,
        }
        return Counters(central={"broadcasts": broadcasts}, per_pe=per_pe)


def _in_order(parts: list[IntArray]) -> IntArray:
    """Return a copy of the vector whose rows the PEs hold, shape (length, n)."""
    by_row = np.stack(parts, axis=1)
    return by_row.reshape(-1, by_row.shape[2])
