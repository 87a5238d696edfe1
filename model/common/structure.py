"""Structure of an array: its memories, and the sizes that its logic grows with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from zskip.model.common.stream import STREAM_BITS


class Sram(NamedTuple):
    """SRAMs of one size.

    Parameters
    ----------
    depth, bits : int
        Words, and bits of each.
    instances : int
        How many of them the array has.
    lanes : int
        Equal parts of a word that can be written alone.
    """

    depth: int
    bits: int
    instances: int
    lanes: int = 1

    def with_parity(self, parity: int) -> "Sram":
        """Return them with `parity` bits of parity, 0 or 1, beside each part."""
        return self._replace(bits=self.bits + self.lanes * parity)


class RegisterFile(NamedTuple):
    """Register files or queues of one size, which are read in the cycle of their address.

    Parameters
    ----------
    depth, bits : int
        Words, and bits of each.
    instances : int
        How many of them the array has.
    readers : int
        Words that are read at a time.
    """

    depth: int
    bits: int
    instances: int
    readers: int = 1


def answer_queue(latency: int = 1) -> RegisterFile:
    """Return the queue of the words that leave a block.

    Parameters
    ----------
    latency : int, optional
        Cycles from the request for a word to the word.
    """
    # A word has its place from the request until it has left; a bit ends a packet.
    return RegisterFile(latency + 2, STREAM_BITS + 1, 1)


@dataclass(frozen=True, kw_only=True)
class Structure:
    """What an array is made of.

    Parameters
    ----------
    srams : tuple of Sram
        Every SRAM.
    files : tuple of RegisterFile
        Register files and queues.
    multipliers : int
        Multiplications that the logic does side by side; of a product in parts each of these.
    multiplier_bits : int
        Bits of one factor times bits of the other, of all multipliers.
    multiplier_registers : int
        Flip-flops in front of multipliers and behind them, which a DSP may hold; about.
    sizes : mapping of str to float
        Sizes that all other logic grows with, by name, such as the bits of all accumulators. The
        formulas of `zskip fit` have a coefficient for each, so a new part of the hardware that
        grows with something else is one more size.
    path : mapping of str to float, optional
        What the longest path grows with, beside the logic as a whole.
    """

    srams: tuple[Sram, ...]
    files: tuple[RegisterFile, ...]
    multipliers: int
    multiplier_bits: int
    multiplier_registers: int
    sizes: Mapping[str, float]
    path: Mapping[str, float] = field(default_factory=dict[str, float])
