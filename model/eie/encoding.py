"""Relative-indexed columns, interleaved over the PEs (EIE paper, section III.B)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.errors import InputError
from zskip.model.eie.config import Config


@dataclass(frozen=True, eq=False, kw_only=True)
class EncodedMatrix:
    """A sparse matrix of codebook indices in EIE's format, a variant of CSC.

    PE ``k`` of ``N`` owns the rows ``i`` with ``i mod N = k``; its local row is
    ``r = i div N``. Column ``j`` of PE ``k`` is the entries ``e`` with::

        pointers[k, j] <= e - first(k) < pointers[k, j + 1]
        first(k) = pointers[:k, -1].sum()

    Entry ``e`` stands for local row ``sum(runs[c] + 1 for c from the column's first entry
    to e) - 1`` and codebook index ``codes[e]``. A gap of more than ``2 ** run_bits - 1`` zero
    rows takes padding entries ``(code 0, run 2 ** run_bits - 1)``; nothing follows the last
    non-zero of a column.

    A matrix with more rows than the PEs have accumulators is cut into blocks of `block_rows`
    local rows, which stand side by side: column ``j`` of block ``b`` is column ``b * columns + j``
    of `pointers`, and its rows count from the first one of the block.

    Parameters
    ----------
    shape : tuple of int
        Rows (outputs) and columns (inputs), each at least 1.
    pe_count : int
        Processing elements ``N``.
    weight_bits, run_bits : int
        Bits of a codebook index and of a relative row index, at most 8 each.
    block_rows : int
        Local rows of a block; the last one may have fewer.
    codes : ndarray of uint8, shape (entries,)
        Codebook indices of all PEs, one PE after the other; 0 is padding.
    runs : ndarray of uint8, shape (entries,)
        Zero rows skipped in front of each entry.
    pointers : ndarray of int64, shape (pe_count, blocks * columns + 1)
        Entry counts of each PE, from 0.

    Examples
    --------
    >>> codes = np.array([[1, 0], [0, 0], [0, 2], [3, 0]], dtype=np.uint8)
    >>> matrix = encode(codes, Config(pe_count=2))
    >>> matrix.codes.tolist(), matrix.runs.tolist(), matrix.pointers.tolist()
    ([1, 2, 3], [0, 1, 1], [[0, 1, 2], [0, 1, 1]])
    """

    shape: tuple[int, int]
    pe_count: int
    weight_bits: int
    run_bits: int
    block_rows: int
    codes: NDArray[np.uint8]
    runs: NDArray[np.uint8]
    pointers: NDArray[np.int64]

    @property
    def blocks(self) -> int:
        """Blocks of rows, each of which runs as a pass."""
        return -(-self.shape[0] // (self.pe_count * self.block_rows))

    @property
    def padding(self) -> int:
        """Padding entries of all PEs."""
        return int(np.count_nonzero(self.codes == 0))

    @property
    def nonzeros(self) -> int:
        """Entries of all PEs that are not padding."""
        return self.codes.size - self.padding

    def entry_range(self, pe: int) -> slice:
        """Return where the entries of one PE stand in `codes` and `runs`."""
        first = int(self.pointers[:pe, -1].sum())
        return slice(first, first + int(self.pointers[pe, -1]))

    def entry_positions(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return PE, column and local row of every entry, padding included.

        Returns
        -------
        pes, columns, rows : ndarray of int64, shape (entries,)
        """
        counts = np.diff(self.pointers, axis=1).ravel()
        slices = np.repeat(np.arange(counts.size), counts)
        blocks, columns = np.divmod(slices, self.shape[1])
        pes, blocks = np.divmod(blocks, self.blocks)
        return pes, columns, blocks * self.block_rows + local_rows(self.runs, counts)

    def check(self, *, full: bool = True) -> None:
        """Check every invariant of the format.

        Parameters
        ----------
        full : bool
            Look at every entry too, not only at the pointers.

        Raises
        ------
        InputError
            Names the first invariant that does not hold.
        """
        rows, columns = self.shape
        if rows < 1 or columns < 1:
            raise InputError(f"a matrix must have rows and columns, not {rows} x {columns}")
        if self.block_rows < 1:
            raise InputError(f"a block must have rows, not {self.block_rows}")
        expected = (self.pe_count, self.blocks * columns + 1)
        if self.pointers.shape != expected:
            raise InputError(f"pointers must have shape {expected}, not {self.pointers.shape}")
        if np.any(self.pointers[:, 0] != 0):
            raise InputError("the pointers of each PE must start with 0")
        if np.any(np.diff(self.pointers, axis=1) < 0):
            raise InputError("the pointers of each PE must not decrease")
        entries = int(self.pointers[:, -1].sum())
        if self.codes.shape != (entries,) or self.runs.shape != (entries,):
            raise InputError(
                f"codes and runs must have one value for each of the {entries} entries that the "
                f"pointers count, not shapes {self.codes.shape} and {self.runs.shape}"
            )
        if full:
            self._check_entries()

    def _check_entries(self) -> None:
        max_run = (1 << self.run_bits) - 1
        if np.any(self.codes >> self.weight_bits):
            raise InputError(f"every code must fit in {self.weight_bits} bits")
        if np.any(self.runs > max_run):
            raise InputError(f"every run must fit in {self.run_bits} bits")
        padding = self.codes == 0
        if np.any(self.runs[padding] != max_run):
            raise InputError(f"every padding entry must skip {max_run} rows")
        counts = np.diff(self.pointers, axis=1).ravel()
        ends = np.cumsum(counts)[counts > 0] - 1
        if np.any(padding[ends]):
            raise InputError("no column may end in a padding entry")
        pes, _, rows = self.entry_positions()
        if np.any(rows * self.pe_count + pes >= self.shape[0]):
            raise InputError(f"every entry must lie inside the {self.shape[0]} rows of the matrix")
        if np.any(local_rows(self.runs, counts) >= self.block_rows):
            raise InputError(f"every entry must lie inside the {self.block_rows} rows of its block")


def local_rows(runs: NDArray[np.integer], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sum relative row indices up to row addresses, starting anew at each column.

    Parameters
    ----------
    runs : ndarray of an integer type, shape (entries,)
        Relative row indices, one column after the other.
    counts : ndarray of int64, shape (columns,)
        Entries of each column; their sum is the length of `runs`.

    Returns
    -------
    ndarray of int64, shape (entries,)
    """
    moves = np.cumsum(runs.astype(np.int64) + 1)
    firsts = np.cumsum(counts) - counts
    before = np.concatenate(([0], moves))[firsts]
    return moves - np.repeat(before, counts) - 1


def block_rows(rows: int, config: Config) -> int:
    """Return the local rows of a block: the fewest blocks, as even as can be.

    Parameters
    ----------
    rows : int
        Rows of the matrix.
    config : Config
        Gives the PE count and their accumulators.

    Returns
    -------
    int
    """
    depth = -(-rows // config.pe_count)
    blocks = -(-depth // config.register_depth)
    return -(-depth // blocks)


def encode(codes: NDArray[np.uint8], config: Config) -> EncodedMatrix:
    """Encode a matrix of codebook indices for the PEs of a configuration.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, columns)
        Codebook indices; 0 is a zero weight.
    config : Config
        Gives the PE count and the widths.

    Returns
    -------
    EncodedMatrix

    Raises
    ------
    InputError
        The matrix is not two-dimensional, is empty, or holds a code that does not fit.
    """
    if codes.ndim != 2 or codes.size == 0:
        raise InputError(f"a matrix must have rows and columns, not shape {codes.shape}")
    if codes.dtype != np.uint8:
        raise InputError(f"codes must be of type uint8, not {codes.dtype}")
    if np.any(codes >= config.codebook_size):
        raise InputError(
            f"codes must be below {config.codebook_size} ({config.weight_bits} bits), "
            f"not {int(codes.max())}"
        )
    rows, columns = np.nonzero(codes)
    return encode_positions(rows, columns, codes[rows, columns], codes.shape, config)


def encode_positions(
    rows: NDArray[np.int64],
    columns: NDArray[np.int64],
    codes: NDArray[np.uint8],
    shape: tuple[int, ...],
    config: Config,
) -> EncodedMatrix:
    """Encode a matrix of which only the non-zeros are given.

    Parameters
    ----------
    rows, columns : ndarray of int64, shape (nonzeros,)
        Where the non-zeros are, each place once, in any order.
    codes : ndarray of uint8, shape (nonzeros,)
        Their codebook indices, none of them 0.
    shape : tuple of int
        Rows and columns of the matrix.
    config : Config
        Gives the PE count and the widths.

    Returns
    -------
    EncodedMatrix
    """
    height = block_rows(shape[0], config)
    blocks = -(-shape[0] // (config.pe_count * height))
    local, pes = np.divmod(rows, config.pe_count)
    # Blocks of a PE stand side by side; a column of a block is a slice of its own.
    slices = (pes * blocks + local // height) * shape[1] + columns
    places = slices * height + local % height
    order = np.argsort(places)
    slices, local = np.divmod(places[order], height)
    gaps = local.copy()
    same = slices[1:] == slices[:-1]
    gaps[1:][same] -= local[:-1][same] + 1
    fillers = gaps >> config.run_bits
    ends = np.cumsum(fillers + 1)
    entries = int(ends[-1]) if ends.size else 0
    values = np.zeros(entries, dtype=np.uint8)
    runs = np.full(entries, config.max_run, dtype=np.uint8)
    values[ends - 1] = codes[order]
    runs[ends - 1] = gaps & config.max_run
    counts = np.bincount(
        slices, weights=fillers + 1, minlength=config.pe_count * blocks * shape[1]
    ).reshape(config.pe_count, -1)
    pointers = np.zeros((config.pe_count, blocks * shape[1] + 1), dtype=np.int64)
    np.cumsum(counts.astype(np.int64), axis=1, out=pointers[:, 1:])
    return EncodedMatrix(
        shape=(shape[0], shape[1]),
        pe_count=config.pe_count,
        weight_bits=config.weight_bits,
        run_bits=config.run_bits,
        block_rows=height,
        codes=values,
        runs=runs,
        pointers=pointers,
    )


def decode(matrix: EncodedMatrix) -> NDArray[np.uint8]:
    """Return the matrix of codebook indices that an encoded matrix stands for.

    Parameters
    ----------
    matrix : EncodedMatrix
        A matrix that passes its `check`.

    Returns
    -------
    ndarray of uint8, shape (rows, columns)
    """
    pes, columns, rows = matrix.entry_positions()
    real = matrix.codes != 0
    codes = np.zeros(matrix.shape, dtype=np.uint8)
    codes[(rows * matrix.pe_count + pes)[real], columns[real]] = matrix.codes[real]
    return codes
