"""How a layer is cut into rounds, rows and groups."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.model.bitlet.config import Config
from zskip.model.common.fixed import BoolArray, IntArray


@dataclass(frozen=True, kw_only=True)
class LayerShape:
    """Work of a layer on an array.

    Output ``(round * rows + r) * pe_count + k`` is computed by engine k as its row r.

    Parameters
    ----------
    rows : int
        Rows that an engine computes side by side.
    lanes : int
        Lanes of a row: all, or those of a segment.
    rounds : int
        Times that every engine computes its rows.
    groups : int
        Groups of pairs of a row.
    pairs, pe_count : int
        Those of the array.
    """

    rows: int
    lanes: int
    rounds: int
    groups: int
    pairs: int
    pe_count: int

    @classmethod
    def of(
        cls, shape: tuple[int, int], bits: int, config: Config, *, floating: bool = False
    ) -> "LayerShape":
        """Return the shape of a layer.

        Parameters
        ----------
        shape : tuple of int
            Its outputs and inputs.
        bits : int
            Bits of a magnitude.
        config : Config
            The array.
        floating : bool, optional
            Whether the layer is in floating point, where all lanes compute one row.

        Raises
        ------
        InputError
            A weight takes more lanes than there are.
        """
        rows = config.packed_rows(bits, floating=floating)
        outputs, inputs = shape
        return cls(
            rows=rows,
            lanes=config.lanes if rows == 1 else config.row_lanes,
            rounds=-(-outputs // (rows * config.pe_count)),
            groups=-(-inputs // config.pairs),
            pairs=config.pairs,
            pe_count=config.pe_count,
        )

    @property
    def outputs(self) -> int:
        """Outputs that are computed, with those that fill up the last round."""
        return self.rounds * self.rows * self.pe_count

    @property
    def steps(self) -> int:
        """Groups that every engine computes."""
        return self.rounds * self.groups

    def filled(self, matrix: NDArray[np.integer[Any]]) -> IntArray:
        """Fill a matrix up with zeros to whole rounds and groups.

        Parameters
        ----------
        matrix : ndarray of integers, shape (outputs, inputs)
            Of the layer.

        Returns
        -------
        ndarray of int64, shape (outputs of all rounds, groups * pairs)
        """
        filled = np.zeros((self.outputs, self.groups * self.pairs), dtype=np.int64)
        filled[: matrix.shape[0], : matrix.shape[1]] = matrix
        return filled

    def dealt(self, values: IntArray, missing: int = 0) -> IntArray:
        """Deal outputs out to the engines.

        Parameters
        ----------
        values : ndarray of int64, shape (..., outputs, groups, lanes)
            Values of each lane for each group.
        missing : int, optional
            Value of those that fill up the last round.

        Returns
        -------
        ndarray of int64, shape (..., pe_count, steps, rows * lanes)
        """
        *runs, outputs, groups, lanes = values.shape
        filled = np.full((*runs, self.outputs, groups, lanes), missing)
        filled[..., :outputs, :, :] = values
        parts = filled.reshape(*runs, self.rounds, self.rows, self.pe_count, groups, lanes)
        # Engines first, and the lanes of outputs side by side next to each other.
        ordered = np.moveaxis(parts, (-3, -4), (len(runs), -2))
        return ordered.reshape(*runs, self.pe_count, self.rounds * groups, self.rows * lanes)

    def by_engine(self, events: IntArray | BoolArray) -> IntArray:
        """Add up the events of the outputs of each engine.

        Parameters
        ----------
        events : ndarray of int64 or bool, shape (n, outputs of all rounds)
            Events of each output.

        Returns
        -------
        ndarray of int64, shape (n, pe_count)
        """
        return events.reshape(len(events), -1, self.pe_count).sum(axis=1)
