"""Input and output of a simulation of a block, as files between two processes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

JOB_VARIABLE = "ZSKIP_JOB"
"""Environment variable that names the folder of a job."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Job:
    """Streams to feed to a block.

    Parameters
    ----------
    load : ndarray of uint64, shape (words,)
        Load stream of the program; empty where the memories begin with the program in them.
    inputs : ndarray of uint64, shape (n, words)
        Load stream of each input vector.
    tiles : ndarray of uint64, shape (words,)
        Load stream behind each start.
    limits : ndarray of int64, shape (packets,)
        For each result packet that an input vector gives, the cycles after which it counts as
        never coming.
    """

    load: NDArray[np.uint64]
    inputs: NDArray[np.uint64]
    tiles: NDArray[np.uint64]
    limits: NDArray[np.int64]

    def save(self, folder: Path) -> None:
        """Write the job into its folder."""
        np.savez(
            folder / "job.npz",
            load=self.load,
            inputs=self.inputs,
            tiles=self.tiles,
            limits=self.limits,
        )

    @classmethod
    def open(cls, folder: Path) -> "Job":
        """Read the job of a folder."""
        with np.load(folder / "job.npz") as archive:
            return cls(
                load=archive["load"],
                inputs=archive["inputs"],
                tiles=archive["tiles"],
                limits=archive["limits"],
            )


@dataclass(frozen=True, eq=False, kw_only=True)
class Record:
    """Results of a simulation.

    Parameters
    ----------
    results : ndarray of uint64, shape (n, words)
        Words of the result stream for each input vector.
    error : int
        Error code at the end.
    overflow : ndarray of bool, shape (n,)
        Overflow flag after each input vector.
    cycles : int
        Clock cycles between start and done, all input vectors together.
    seconds : float
        Wall-clock time of those.
    """

    results: NDArray[np.uint64]
    error: int
    overflow: NDArray[np.bool_]
    cycles: int
    seconds: float

    def save(self, folder: Path) -> None:
        """Write the record into its folder."""
        np.savez(
            folder / "record.npz",
            results=self.results,
            error=self.error,
            overflow=self.overflow,
            cycles=self.cycles,
            seconds=self.seconds,
        )

    @classmethod
    def open(cls, folder: Path) -> "Record":
        """Read the record of a folder."""
        with np.load(folder / "record.npz") as archive:
            return cls(
                results=archive["results"],
                error=int(archive["error"]),
                overflow=archive["overflow"],
                cycles=int(archive["cycles"]),
                seconds=float(archive["seconds"]),
            )


def progress_file(folder: Path) -> Path:
    """Return the file whose size is the number of input vectors done."""
    return folder / "progress"
