"""Events of a layer: what an engine did that takes energy."""

from dataclasses import dataclass
from typing import NamedTuple

from zskip.model.common.fixed import FloatArray, IntArray

Counts = IntArray | FloatArray
"""Numbers of events, shape (n,): for each input vector those of the whole array."""

MULTIPLY, ADD = "multiply", "add"
"""Kinds of `Operations`."""


class Accesses(NamedTuple):
    """Accesses to SRAMs of one kind.

    Parameters
    ----------
    name : str
        What they hold, for people, such as ``sparse matrix``.
    depth, width : int
        Words of one of them, and bits of a word.
    instances : int
        How many of them the array has.
    reads, writes : ndarray, shape (n,)
        Words read from and written to all of them together.
    """

    name: str
    depth: int
    width: int
    instances: int
    reads: Counts
    writes: Counts


class Operations(NamedTuple):
    """Operations on integers, of one kind.

    Parameters
    ----------
    kind : str
        `MULTIPLY` or `ADD`.
    bits : float
        Width of the operands; of two different ones the geometric mean.
    done : ndarray, shape (n,)
        How many of them.
    """

    kind: str
    bits: float
    done: Counts


@dataclass(frozen=True, eq=False, kw_only=True)
class Events:
    """What a layer did, from its start to the end of its write-back, in the whole array.

    An engine lists all of its SRAMs, those that rest too, as they leak. Idle cycles are among the
    cycles: registers are clocked in them, nothing else happens.

    Parameters
    ----------
    cycles : ndarray, shape (n,)
        Clock cycles.
    memories : tuple of Accesses
        Every kind of SRAM. The load of inputs and the read-out of results are left out.
    operations : tuple of Operations
        Operations that take place, useful or not.
    register_bits : int
        Flip-flops of the array, queues and register files among them; all are clocked in every
        cycle.
    """

    cycles: Counts
    memories: tuple[Accesses, ...]
    operations: tuple[Operations, ...]
    register_bits: int
