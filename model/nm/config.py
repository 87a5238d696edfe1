"""Configuration of an N:M array: what a user may choose, and the widths that follow."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.stream import LANES, MAX_WORDS, STREAM_BITS

RANGES = {
    "pe_count": (1, 256),
    "n": (1, 16),
    "m": (2, 16),
    "groups": (1, 128),
    "weight_bits": (4, 16),
    "activation_bits": (8, 16),
    "acc_bits": (24, 48),
    "weight_depth": (1, MAX_WORDS),
    "vector_depth": (4, 1 << 15),
    "bias_depth": (1, 1 << 15),
    "pass_count": (1, 256),
    "parity": (0, 1),
    "double_input": (0, 1),
    "streamed": (0, 1),
}
"""Smallest and largest value of every field."""

CODE_BITS = 4
"""The width of weights that are indices into a codebook."""

WEIGHT_BITS = (CODE_BITS, 8, 16)
ACTIVATION_WIDTHS = (8, ACTIVATION_BITS)
"""All widths that weights and activations may have."""

MAX_WINDOW = 256
"""Most activations that a row takes in a cycle."""


@dataclass(frozen=True, kw_only=True)
class Config(EngineConfig):
    """One N:M array: rows of multipliers behind selectors, which share the activations.

    At most `n` weights of each group of `m` along the inputs are not zero, or a layer takes several
    beats of `n` weights for each group.

    Parameters
    ----------
    pe_count : int
        Rows of the array, a power of two from 1 to 256; each computes one output at a time.
    n : int
        Weights of a group that a row multiplies in a cycle, 1 to `m`. With ``n == m`` the array is
        dense: no positions are stored, and there are no selectors.
    m : int
        Activations of a group, a power of two from 2 to 16.
    groups : int
        Groups that a row takes in a cycle, a power of two. ``groups * m`` is from 4, the
        activations of a stream word, to 256.
    weight_bits : int
        4 for an index into a codebook of 16 values of 16 bits, 8 or 16 for an integer.
    activation_bits : int
        Width of the activations that are multiplied, 8 or 16. With 8, inputs and outputs of
        layers are limited to 8 bits; vectors and streams hold them in 16 bits.
    acc_bits : int
        Bits of an accumulator, 24 to 48.
    weight_depth : int
        Beats of weights that the memory of one PE holds.
    vector_depth : int
        Activations in each half of the vector memory, a multiple of `pe_count` and ``groups * m``;
        a layer has at most as many inputs and outputs.
    bias_depth : int
        Biases of one PE, all layers together.
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
        not hold: the weight memories have two halves of `weight_depth` beats each, one of which is
        read while the other is written. 0 for weights that stay on chip.

    Raises
    ------
    InputError
        A field has the wrong type, is out of range, or contradicts another one.
    """

    ENGINE: ClassVar[str] = "nm"
    RANGES: ClassVar[Mapping[str, tuple[int, int]]] = RANGES

    pe_count: int = 8
    n: int = 2
    m: int = 4
    groups: int = 4
    weight_bits: int = 8
    activation_bits: int = 8
    acc_bits: int = 32
    weight_depth: int = 8192
    vector_depth: int = 1024
    bias_depth: int = 256
    pass_count: int = 16
    parity: int = 0
    double_input: int = 0
    streamed: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_array()
        for name, widths in (("weight_bits", WEIGHT_BITS), ("activation_bits", ACTIVATION_WIDTHS)):
            value = getattr(self, name)
            if value not in widths:
                raise InputError(
                    f"{name} must be one of {', '.join(map(str, widths))}, not {value}"
                )
        if self.vector_depth % self.lanes:
            raise InputError(
                f"vector_depth must be a multiple of {self.lanes}, the activations that are read "
                f"or written together, not {self.vector_depth}: choose {self.whole_rows()}"
            )
        if self.weight_depth * self.slices > MAX_WORDS:
            raise InputError(
                f"a weight memory must take at most {MAX_WORDS} stream words, not weight_depth "
                f"{self.weight_depth} x {self.slices}: choose {MAX_WORDS // self.slices}"
            )

    def _check_array(self) -> None:
        """Check the sizes of array, group and word."""
        for name in ("pe_count", "m", "groups"):
            value = getattr(self, name)
            if value.bit_count() != 1:
                raise InputError(
                    f"{name} must be a power of two, not {value}: choose {1 << value.bit_length()}"
                )
        if self.n > self.m:
            raise InputError(
                f"n must be at most m, the weights of a group, not {self.n} of {self.m}: choose "
                f"n={self.m} for the dense array"
            )
        if not LANES <= self.window <= MAX_WINDOW:
            raise InputError(
                f"groups * m must be from {LANES} to {MAX_WINDOW}, not {self.groups} x {self.m} = "
                f"{self.window}: choose other groups"
            )

    def whole_rows(self, depth: int | None = None) -> int:
        """Return a depth, that of the vectors without one, rounded up to whole vector rows."""
        return -(-(self.vector_depth if depth is None else depth) // self.lanes) * self.lanes

    def with_weight_bits(self, weight_bits: int, **changes: int) -> "Config":
        """Return a copy with weights of 4 (codebook), 8 or 16 bits, and other changes."""
        return self.replace(**{"weight_bits": weight_bits, **changes})

    def with_pattern(self, n: int, m: int) -> "Config":
        """Return a copy for weights of at most `n` in every `m`, of about as many multipliers.

        The dense array takes any pattern as it is.
        """
        if self.dense or (n, m) == (self.n, self.m):
            return self
        groups = 1 << (max(1, self.slots // n).bit_length() - 1)
        groups = min(max(groups, LANES // m), MAX_WINDOW // m)
        return self._resized(n=n, m=m, groups=groups)

    @property
    def pattern(self) -> tuple[int, int]:
        """The N and M of the array."""
        return self.n, self.m

    def with_multipliers(self, count: int) -> "Config":
        """Return a copy with more or fewer rows, and other groups where rows alone will not do."""
        groups, (low, high) = self.groups, RANGES["pe_count"]
        while groups * self.n > count and groups * self.m > LANES:
            groups //= 2
        while groups * self.n * high < count and 2 * groups * self.m <= MAX_WINDOW:
            groups *= 2
        rows, rest = divmod(count, groups * self.n)
        if rest or rows.bit_count() != 1 or not low <= rows <= high:
            slots = groups * self.n
            raise InputError(
                f"a row of {groups} x {self.n} of {self.m} has {slots}, and there are {low} to "
                f"{high} rows, a power of two: choose {slots} times such a number"
            )
        return self._resized(pe_count=rows, groups=groups)

    def _resized(self, **changes: int) -> "Config":
        """Return a copy of another size, whose vectors are whole rows of its lanes again."""
        sizes = {name: getattr(self, name) for name in ("pe_count", "groups", "m")} | changes
        lanes = max(sizes["pe_count"], sizes["groups"] * sizes["m"])
        depth = -(-self.vector_depth // lanes) * lanes
        return replace(self, **changes, vector_depth=depth)

    @property
    def shares_weights(self) -> bool:
        """Whether weights are indices into a codebook."""
        return self.weight_bits == CODE_BITS

    @property
    def streams_weights(self) -> bool:
        """Whether weights come in tiles while the array computes; otherwise they stay on chip."""
        return bool(self.streamed)

    @property
    def value_bits(self) -> int:
        """Bits of the integer that a weight stands for."""
        return CODEBOOK_BITS if self.shares_weights else self.weight_bits

    @property
    def codebook_size(self) -> int:
        """Values that a weight can take, the zero included."""
        return 1 << self.weight_bits

    @property
    def dense(self) -> bool:
        """Whether every weight of a group has a multiplier."""
        return self.n == self.m

    @property
    def slots(self) -> int:
        """Weights of a row in a beat."""
        return self.groups * self.n

    @property
    def multipliers(self) -> int:
        """Multiplications that can be done in a cycle."""
        return self.pe_count * self.slots

    @property
    def window(self) -> int:
        """Activations of a word: those that all rows share in a cycle."""
        return self.groups * self.m

    @property
    def lanes(self) -> int:
        """Activations of a row of the vector memory: whole words read, whole blocks written."""
        return max(self.pe_count, self.window)

    @property
    def max_beats(self) -> int:
        """Beats that a dense layer takes for each word of activations."""
        return -(-self.m // self.n)

    @property
    def position_bits(self) -> int:
        """Bits of a weight's position inside its group (0 in the dense array)."""
        return 0 if self.dense else self.m.bit_length() - 1

    @property
    def entry_bits(self) -> int:
        """Bits of a slot: the position above the weight."""
        return self.weight_bits + self.position_bits

    @property
    def word_bits(self) -> int:
        """Bits of a beat of weights of one PE."""
        return self.slots * self.entry_bits

    @property
    def memory_slices(self) -> int:
        """Memories of at most 64 bits that hold the weights of one PE."""
        return -(-self.word_bits // STREAM_BITS)

    @property
    def slices(self) -> int:
        """Stream words from one beat of weights to the next: `memory_slices` as a power of two."""
        return 1 << (self.memory_slices - 1).bit_length()


NM_2_4 = Config()
"""2:4 of weights and activations of 8 bits: 8 rows of 8 multipliers, 16 activations a cycle."""

NAMED = {
    "nm_2_4": NM_2_4,
    "nm_1_4": NM_2_4.replace(n=1, groups=8),
    "nm_4_8": NM_2_4.replace(n=4, m=8, groups=2),
    "dense": NM_2_4.replace(n=4, groups=2),
    "nm_2_4_codebook": NM_2_4.replace(weight_bits=CODE_BITS),
    "nm_2_4_large": NM_2_4.replace(pe_count=32, groups=16, weight_depth=2048),
    "tiny": NM_2_4.replace(
        pe_count=2, groups=1, weight_depth=512, vector_depth=64, bias_depth=64, pass_count=4
    ),
}
"""Configurations by the name that the command line uses; the first is the default."""
