"""Configuration of a Bitlet array: what a user may choose, and the widths that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.common.stream import MAX_WORDS

RANGES = {
    "pe_count": (1, 64),
    "pairs": (8, 64),
    "load_pairs": (1, 64),
    "lanes": (1, 24),
    "window": (0, 16),
    "invert": (0, 1),
    "banks": (1, 2),
    "run_ahead": (1, 8),
    "packed": (0, 1),
    "decoupled": (0, 1),
    "skew": (0, 16),
    "acc_bits": (24, 48),
    "weight_depth": (1, MAX_WORDS),
    "vector_depth": (8, (1 << 15) - 1),
    "bias_depth": (1, 1 << 15),
    "pass_count": (1, 256),
}
"""Smallest and largest value of every field."""

SIGNIFICAND_BITS = 24
"""Bits of the widest significand, that of float32 with its hidden one."""


@dataclass(frozen=True, kw_only=True)
class Config(EngineConfig):
    """One Bitlet array: compute engines that take the ones of each bit column in turn.

    Engine k computes the outputs i with ``i mod pe_count == k``. A group is `pairs` weights of one
    output with their activations; a row is all groups of one output.

    Parameters
    ----------
    pe_count : int
        Compute engines, a power of two from 1 to 64.
    pairs : int
        Weights of a group, a power of two from 8 to 64.
    load_pairs : int
        Pairs that an engine loads in a cycle, with the weights of all rows that it computes side by
        side; a power of two of at most `pairs`.
    lanes : int
        Bit columns, 1 to 24: the widest magnitude of a weight.
    window : int
        0 for a finder that sees a whole column, else the 2 to 16 bits of a sliding window.
    invert : int
        1 to take the zeros of a column that has more than ``pairs / 2`` ones.
    banks : int
        1 to load and distil in turn, 2 to load the next group meanwhile.
    run_ahead : int
        Groups of a row that lanes work on at the same time, 1 to 8; 1 is a barrier at each group.
        Floating point always has the barrier, as its groups differ in their exponents.
    packed : int
        1 to compute as many rows of an engine side by side as their magnitudes fit the lanes.
    decoupled : int
        1 for engines that wait for each other only where a queue of activations is full or empty;
        with 0 all engines end a group together.
    skew : int
        Groups that this queue holds, 1 to 16; 0 without it.
    acc_bits : int
        Bits of an accumulator in fixed point, 24 to 48.
    weight_depth : int
        Words of the weight memory of one engine, the weights of `load_pairs` pairs each.
    vector_depth : int
        Activations in each half of the vector memory, a multiple of `pairs` and `pe_count`; a
        layer has at most as many inputs and outputs.
    bias_depth : int
        Biases of one engine, all layers together.
    pass_count : int
        Layers that the program memory holds.

    Raises
    ------
    InputError
        A field has the wrong type, is out of range, or contradicts another one.
    """

    ENGINE: ClassVar[str] = "bitlet"
    RANGES: ClassVar[Mapping[str, tuple[int, int]]] = RANGES

    pe_count: int = 8
    pairs: int = 64
    load_pairs: int = 16
    lanes: int = 24
    window: int = 0
    invert: int = 1
    banks: int = 2
    run_ahead: int = 1
    packed: int = 1
    decoupled: int = 0
    skew: int = 0
    acc_bits: int = 32
    weight_depth: int = 8192
    vector_depth: int = 1024
    bias_depth: int = 256
    pass_count: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("pe_count", "pairs", "load_pairs"):
            value = getattr(self, name)
            if value.bit_count() != 1:
                raise InputError(
                    f"{name} must be a power of two, not {value}: choose {1 << value.bit_length()}"
                )
        if self.load_pairs > self.pairs:
            raise InputError(
                f"load_pairs must be at most pairs, not {self.load_pairs} of {self.pairs}: choose "
                f"load_pairs={self.pairs} to load a group in one cycle"
            )
        if self.window == 1:
            raise InputError(
                "window must be 0 or 2 to 16, not 1, which would step over one bit a cycle: choose "
                "0 for the whole column"
            )
        if self.decoupled != (self.skew > 0):
            raise InputError(
                f"skew must be {'at least 1' if self.decoupled else '0'} with "
                f"decoupled={self.decoupled}, not {self.skew}: choose skew={2 * self.decoupled} "
                "or change decoupled"
            )
        together = max(self.pairs, self.pe_count)
        if self.vector_depth % together:
            raise InputError(
                f"vector_depth must be a multiple of {together}, the activations that are read or "
                f"written together, not {self.vector_depth}: choose "
                f"{-(-self.vector_depth // together) * together}"
            )

    def with_weight_bits(self, weight_bits: int, **changes: int) -> "Config":
        """Return a copy with lanes for weights of these bits, sign included, and other changes."""
        return self.replace(**{"lanes": weight_bits - 1, **changes})

    def packed_rows(self, magnitude_bits: int) -> int:
        """Return the rows that an engine computes side by side.

        Parameters
        ----------
        magnitude_bits : int
            Lanes that a row of the layer takes.

        Returns
        -------
        int

        Raises
        ------
        InputError
            A row takes no lanes, or more than there are.
        """
        if not 1 <= magnitude_bits <= self.lanes:
            raise InputError(
                f"magnitudes must have 1 to {self.lanes} bits, one for each lane, not "
                f"{magnitude_bits}: choose another precision or lanes={magnitude_bits}"
            )
        return self.lanes // magnitude_bits if self.packed else 1

    @property
    def shares_weights(self) -> bool:
        """False: weights are integers or floating-point numbers of their own."""
        return False

    @property
    def value_bits(self) -> int:
        """Bits of a fixed-point weight, sign included: one more than `lanes`, at most 16."""
        return min(self.lanes + 1, CODEBOOK_BITS)

    @property
    def codebook_size(self) -> int:
        """Values that a fixed-point weight can take, the zero included."""
        return 1 << self.value_bits

    @property
    def multipliers(self) -> int:
        """Multiplications a cycle of dense bit-serial engines of as many lanes: one for each."""
        return self.pe_count

    @property
    def beats(self) -> int:
        """Cycles that loading a group takes."""
        return self.pairs // self.load_pairs

    @property
    def buffers(self) -> int:
        """Groups that an engine holds, those that are being loaded included."""
        return self.run_ahead + self.banks - 1

    @property
    def float_acc_bits(self) -> int:
        """Bits of an accumulator that holds the sum of any row in floating point, at most 64.

        A term has `SIGNIFICAND_BITS` and a sign; each lane has at most `vector_depth` of them, and
        the bias is less than one more.
        """
        return SIGNIFICAND_BITS + 1 + self.lanes + self.vector_depth.bit_length()


BITLET = Config()
"""8 engines of 64 pairs in 24 lanes: banks, inversion and packing."""

NAMED = {
    "bitlet": BITLET,
    "published": BITLET.replace(window=8, banks=1, invert=0, packed=0),
    "int8": BITLET.replace(lanes=7),
    "tiny": BITLET.replace(
        pe_count=2,
        pairs=8,
        load_pairs=4,
        lanes=4,
        weight_depth=512,
        vector_depth=64,
        bias_depth=64,
        pass_count=4,
    ),
}
"""Configurations by the name that the command line uses; the first is the default."""
