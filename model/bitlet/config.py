"""Configuration of a Bitlet array: what a user may choose, and the widths that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.floats import FLOAT16, FLOAT32
from zskip.model.common.precision import Precision, check_alike, integers
from zskip.model.common.stream import LANES, MAX_WORDS, STREAM_BITS

RANGES = {
    "pe_count": (1, 64),
    "pairs": (8, 64),
    "load_pairs": (1, 64),
    "lanes": (1, 24),
    "window": (0, 16),
    "invert": (0, 1),
    "banks": (1, 2),
    "run_ahead": (1, 8),
    "segments": (1, 24),
    "decoupled": (0, 1),
    "skew": (0, 16),
    "twos_complement": (0, 1),
    "float_bits": (0, 32),
    "acc_bits": (24, 48),
    "weight_depth": (1, MAX_WORDS),
    "vector_depth": (8, 1 << 15),
    "bias_depth": (1, 1 << 15),
    "pass_count": (1, 256),
    "parity": (0, 1),
    "double_input": (0, 1),
    "streamed": (0, 1),
}
"""Smallest and largest value of every field."""

SIGNIFICANDS = {0: 0, 16: FLOAT16.significand_bits, 32: FLOAT32.significand_bits}
"""Bits of a significand by the width of the widest floating-point format, 0 for none."""


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
    segments : int
        Parts of equal size that the lanes are cut into, each of which computes a row of its own
        where the magnitudes of a layer fit; a divisor of `lanes`. With 1, or wider magnitudes, all
        lanes compute one row.
    decoupled : int
        1 for engines that wait for each other only where a queue of activations is full or empty;
        with 0 all engines end a group together.
    skew : int
        Groups that this queue holds, 1 to 16; 0 without it.
    twos_complement : int
        1 to hold fixed-point weights in two's complement, with the last lane of a row subtracted,
        0 for sign and magnitude.
    float_bits : int
        Widest floating-point format: 0 for none, 16, or 32.
    acc_bits : int
        Bits of an accumulator in fixed point, 24 to 48.
    weight_depth : int
        Words of the weight memory of one engine, the weights of `load_pairs` pairs each.
    vector_depth : int
        Places of 16 bits in each half of the vector memory, of which an activation of float32
        takes two. A layer's inputs and outputs have at most as many.
    bias_depth : int
        Rounds whose biases the memory of one engine holds, all layers together. A round is the
        rows that an engine computes side by side.
    pass_count : int
        Layers that the program memory holds.
    parity : int
        1 for a bit of parity beside each part of an SRAM's word that is written alone: a word that
        is used with a flipped bit is reported, and nothing of the run is sent from then on.
    double_input : int
        1 for input vectors back to back: they have two banks beside the vector memory, each as
        large as a half of it, so that the next one is loaded while one is computed, a start during
        a run is kept, and outputs leave while the next run computes. It is for SRAMs without
        parity. 0 to load an input vector between two runs.
    streamed : int
        1 for weights that come in tiles while the array computes, for layers that the memories do
        not hold: the weight memories have two halves of `weight_depth` words each, one of which is
        read while the other is written. It is for engines that are not decoupled. 0 for weights
        that stay on chip.

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
    segments: int = 3
    decoupled: int = 0
    skew: int = 0
    twos_complement: int = 0
    float_bits: int = 32
    acc_bits: int = 32
    weight_depth: int = 8192
    vector_depth: int = 2048
    bias_depth: int = 256
    pass_count: int = 16
    parity: int = 0
    double_input: int = 0
    streamed: int = 0

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
        if self.streamed and self.decoupled:
            raise InputError(
                "streamed=1 must come with decoupled=0, not decoupled=1: engines would be in "
                "different tiles; choose one of them"
            )
        self._check_lanes()
        if self.vector_depth % self.vector_block:
            raise InputError(
                f"vector_depth must be a multiple of {self.vector_block}, the places that are read "
                f"or written together, not {self.vector_depth}: choose {self.whole_blocks()}"
            )
        if self.weight_depth * self.slices > MAX_WORDS:
            raise InputError(
                f"a weight memory must take at most {MAX_WORDS} stream words, not weight_depth "
                f"{self.weight_depth} x {self.slices}: choose {MAX_WORDS // self.slices}"
            )

    def _check_lanes(self) -> None:
        """Check that segments and formats fit the lanes."""
        if self.lanes % self.segments:
            raise InputError(
                f"segments must divide lanes, not {self.segments} of {self.lanes}: choose "
                "segments=1 for one row at a time"
            )
        if self.float_bits not in SIGNIFICANDS:
            known = ", ".join(map(str, SIGNIFICANDS))
            raise InputError(f"float_bits must be one of {known}, not {self.float_bits}")
        if self.lanes < self.significand_bits:
            raise InputError(
                f"lanes must be at least {self.significand_bits}, the bits of a significand of "
                f"float{self.float_bits}, not {self.lanes}: choose float_bits=0 for fixed point "
                "alone"
            )

    def whole_blocks(self, depth: int | None = None) -> int:
        """Return a depth of the vectors, the array's without one, rounded up to whole blocks."""
        given = self.vector_depth if depth is None else depth
        return -(-given // self.vector_block) * self.vector_block

    def with_weight_bits(self, weight_bits: int, **changes: int) -> "Config":
        """Return a copy with lanes for weights of these bits, sign included, and other changes."""
        fixed = {"lanes": weight_bits - 1, "segments": 1, "float_bits": 0}
        return self.replace(**{**fixed, **changes})

    def with_multipliers(self, count: int) -> "Config":
        """Return a copy with as many engines, and vectors of whole rows and groups again."""
        block = max(self.pairs, self.load_pairs, count, LANES) * self.places
        depth = -(-self.vector_depth // block) * block
        return self.replace(pe_count=count, vector_depth=depth)

    def check_precision(self, precisions: Sequence[Precision], mask_lanes: int = 0) -> None:
        """Check that the lanes hold some precisions, all of integers or all of one format."""
        check_alike(precisions)
        for precision in precisions:
            lanes = self.lanes if self._rows(precision) == 1 else self.row_lanes
            if not 0 <= mask_lanes < lanes:
                raise InputError(
                    f"the lanes that are switched off must be from 0 to {lanes - 1}, all but one "
                    f"of a row of {precision.name}, not {mask_lanes}: choose another number"
                )

    def _rows(self, precision: Precision) -> int:
        """Return the rows side by side of a layer, where the array has its numbers."""
        number = precision.floating
        if number is None:
            return self.packed_rows(precision.bits - 1 + self.twos_complement)
        if number.bits > self.float_bits:
            raise InputError(
                f"the array must have float_bits={number.bits} for {precision.name}, not "
                f"{self.float_bits}: choose another precision or configuration"
            )
        return 1

    def packed_rows(self, magnitude_bits: int, *, floating: bool = False) -> int:
        """Return the rows that an engine computes side by side.

        Parameters
        ----------
        magnitude_bits : int
            Lanes that a row of the layer takes.
        floating : bool, optional
            Whether the layer is in floating point, where all lanes compute one row.

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
        return 1 if floating or magnitude_bits > self.row_lanes else self.segments

    @property
    def streams_weights(self) -> bool:
        """Whether weights come in tiles while the array computes; otherwise they stay on chip."""
        return bool(self.streamed)

    @property
    def shares_weights(self) -> bool:
        """False: weights are integers or floating-point numbers of their own."""
        return False

    @property
    def value_bits(self) -> int:
        """Bits of a fixed-point weight where nobody chooses, sign included: 8, or those there are.

        Two's complement takes a lane for the sign.
        """
        return max(2, min(self.lanes + 1 - self.twos_complement, 8))

    @property
    def default_precision(self) -> Precision:
        """Integers of `value_bits`."""
        return integers(self.value_bits)

    @property
    def codebook_size(self) -> int:
        """Values that a fixed-point weight can take, the zero included."""
        return 1 << self.value_bits

    @property
    def multipliers(self) -> int:
        """Multiplications a cycle of dense bit-serial engines of as many lanes: one for each."""
        return self.pe_count

    @property
    def row_lanes(self) -> int:
        """Lanes of a row where rows are side by side."""
        return self.lanes // self.segments

    @property
    def significand_bits(self) -> int:
        """Bits of the widest significand, 0 in fixed point alone."""
        return SIGNIFICANDS[self.float_bits]

    @property
    def pair_bits(self) -> int:
        """Bits of the weights of a pair in the weight memory.

        The magnitudes of all rows side by side, the first in the lowest bits, and above them their
        signs; or a floating-point word.
        """
        return max(self.lanes + self.segments, self.float_bits)

    @property
    def word_bits(self) -> int:
        """Bits of a word of the weight memory."""
        return self.load_pairs * self.pair_bits

    @property
    def memory_slices(self) -> int:
        """Memories of at most 64 bits that hold the weights of one engine."""
        return -(-self.word_bits // STREAM_BITS)

    @property
    def slices(self) -> int:
        """Stream words from one word of weights to the next: `memory_slices` as a power of two."""
        return 1 << (self.memory_slices - 1).bit_length()

    @property
    def bias_slices(self) -> int:
        """Stream words from the biases of one round to the next: `segments` as a power of two."""
        return 1 << (self.segments - 1).bit_length()

    @property
    def bias_bits(self) -> int:
        """Bits of a bias."""
        return max(self.acc_bits, self.float_bits)

    @property
    def places(self) -> int:
        """Places of 16 bits that the widest activation takes."""
        return max(self.float_bits, ACTIVATION_BITS) // ACTIVATION_BITS

    @property
    def vector_lanes(self) -> int:
        """Places of a row of the vector memory: whole beats read, whole blocks written."""
        return max(max(self.load_pairs, self.pe_count) * self.places, LANES)

    @property
    def vector_block(self) -> int:
        """Places that the depth of the vector memory is a multiple of: whole groups, and rows."""
        return max(self.pairs * self.places, self.vector_lanes)

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

        A term has a significand and a sign; each lane has at most one for each activation that the
        vectors hold, and the bias is less than one more.
        """
        terms = self.vector_depth // self.places
        return self.significand_bits + 1 + self.lanes + terms.bit_length()


BITLET = Config()
"""8 engines of 64 pairs in 24 lanes, for int4 to float32; 3 rows of 8 bits side by side."""

NAMED = {
    "bitlet": BITLET,
    "bitlet_large": BITLET.replace(pe_count=64),
    "published": BITLET.replace(window=8, banks=1, invert=0, segments=1),
    "int8": BITLET.replace(lanes=7, segments=1, float_bits=0),
    "tiny": BITLET.replace(
        pe_count=2,
        pairs=8,
        load_pairs=4,
        lanes=12,
        segments=2,
        float_bits=16,
        weight_depth=512,
        vector_depth=64,
        bias_depth=64,
        pass_count=4,
    ),
}
"""Configurations by the name that the command line uses; the first is the default."""
