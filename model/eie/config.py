"""Configuration of an EIE array: what a user may choose, and the widths that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from zskip.model.common.config import EngineConfig
from zskip.model.common.errors import InputError
from zskip.model.common.fixed import ACTIVATION_BITS, CODEBOOK_BITS
from zskip.model.common.stream import LANES, STREAM_BITS

RANGES = {
    "queue_depth": (1, 1024),
    "column_queue_depth": (0, 1024),
    "free_padding": (0, 1),
    "balanced_rows": (0, 1),
    "grouped_pointers": (0, 1),
    "weight_bits": (2, 8),
    "run_bits": (1, 8),
    "entries_per_word": (1, 64),
    "spmat_depth": (1, 1 << 18),
    "pointer_depth": (2, 1 << 19),
    "bias_depth": (1, 1 << 18),
    "register_depth": (1, 4096),
    "activation_depth": (4, 16384),
    "pass_count": (1, 256),
    "acc_bits": (16, 48),
    "lanes": (1, 8),
    "accumulator_banks": (1, 64),
    "parity": (0, 1),
    "streamed": (0, 1),
    "spmat_banks": (1, 2),
    "broadcast_rounds": (0, 1),
    "broadcast_groups": (0, 1),
    "double_input": (0, 1),
    "split_products": (0, 1),
}
"""Smallest and largest value of every field but `pe_count`."""

COUNT_BITS = 32
"""Bits of all counts of a group of columns together."""

LARGEST_GROUP = 4
"""Group bits of the largest groups of columns: counts have two bits."""

GROUPED_ROWS = (1 << COUNT_BITS // LANES) - 1
"""Entries of a column with which a group has at least as many columns as a word has activations."""

PE_COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
"""All PE counts that an array may have."""

MAX_PE_COUNT = PE_COUNTS[-1]
"""The largest of them."""


@dataclass(frozen=True, kw_only=True)
class Config(EngineConfig):
    """One EIE array (EIE paper, sections III and IV).

    Parameters
    ----------
    pe_count : int
        Processing elements, a power of two from 1 to 256.
    queue_depth : int
        Usable entries of each activation queue. The pointer read behind it holds two activations
        more, so that a PE falls up to ``queue_depth + 2`` broadcasts behind before they wait.
    column_queue_depth : int
        Decoupled pointers: usable entries of the queue behind the pointer read, which holds
        non-empty columns only. 0 for the paper's machine: no such queue, and an empty column
        takes a cycle of the sparse matrix read.
    free_padding : int
        1 for free padding: padding entries cost no cycle. 0 for the paper's machine: each takes
        a cycle of the arithmetic.
    balanced_rows : int
        1 if the compressor deals the rows out to the PEs so that each has as many non-zeros. No
        hardware depends on it.
    grouped_pointers : int
        1 for grouped pointers: a word of the pointer memory has the first entry of a group of
        columns, and in 32 bits how many entries each of them has; a layer has the largest groups,
        of 2 to 16 columns, whose counts are wide enough. 0 for the paper's machine: a whole pointer
        for each column, in two banks.
    weight_bits : int
        Bits of a codebook index; the codebook holds ``2 ** weight_bits`` values.
    run_bits : int
        Bits of the relative row index.
    entries_per_word : int
        Entries in one word of the sparse-matrix SRAM, a power of two; a word has at most 64 bits.
    spmat_depth : int
        Words of the sparse-matrix SRAM of one PE.
    pointer_depth : int
        Column pointers of one PE, even and odd bank together (an even number). Of grouped pointers
        as many columns in groups of 4 (a multiple of 4).
    bias_depth : int
        Biases of one PE, all layers together.
    register_depth : int
        Accumulators of one PE. A layer with more than ``pe_count * register_depth`` outputs runs
        in several passes.
    activation_depth : int
        Activations in each of the two halves of the activation SRAM of one PE, a power of two.
        A layer has at most ``pe_count * activation_depth`` inputs and as many outputs.
    pass_count : int
        Passes that the program memory holds.
    acc_bits : int
        Bits of an accumulator. Calibration gives activations half of them at most.
    lanes : int
        Entries of a column that a PE takes in a cycle at most: 1, 2, 4 or 8. Where there are
        several, padding entries cost no cycle whatever `free_padding` says.
    accumulator_banks : int
        Banks of the accumulators where there are several lanes, a power of two and at least as
        many; row ``r`` stands in bank ``r mod accumulator_banks``, and entries of the same cycle
        lie in different ones.
    parity : int
        1 for a bit of parity beside each part of an SRAM's word that is written alone: a word that
        is used with a flipped bit is reported, and nothing of the run is sent from then on.
    streamed : int
        1 for weights that come while the array computes: the memories of the sparse matrix and of
        its pointers have two halves, each as deep as `spmat_depth` and `pointer_depth` say. A layer
        is cut into tiles of columns; a tile is computed from one half while the next one is loaded
        into the other. 0 for a network whose weights stay on chip.
    spmat_banks : int
        2 for a sparse-matrix SRAM in an even and an odd bank, where there are several lanes, a
        column queue and no streamed weights: a column is read from its first entry on, as many
        entries a cycle as a word has wherever that is in a word, and a word that its bank still
        shows is not read again. 1 for the paper's machine: one SRAM, a word a cycle.
    broadcast_rounds : int
        1 if the PEs take turns word by word, unless weights are streamed: the activations of the
        first word of every PE are broadcast, then those of the second ones, so that all PEs look
        for the next one at the same time. Columns stand in the memories in this order, and a word
        of grouped pointers is read once for those that follow each other. 0 for the paper's
        machine: one PE after the other.
    broadcast_groups : int
        1 for broadcasts of up to four activations of neighboring words whose columns stand in one
        group, where there are `broadcast_rounds`, `grouped_pointers`, a column queue and at most
        `GROUPED_ROWS` accumulators in a PE: one word of pointers tells of all of them, and those
        that have entries enter the column queue one a cycle. Calibration inputs then choose the
        order of the network's inputs and rows, too. 0 for the paper's machine: one activation a
        broadcast.
    double_input : int
        1 for input vectors back to back: they have a memory of their own of two banks, so that the
        next one is loaded while one is computed, a start during a run is kept, and outputs leave
        while the next run computes. It is for weights that stay on chip, and SRAMs without parity.
        0 for the paper's machine: an input vector is loaded between two runs.
    split_products : int
        1 for a multiplication of two halves of the weight, which are added a cycle later, for the
        clock of standard cells. 0 for a whole one, for the multipliers of FPGAs, which hold it. No
        cycle depends on it.

    Raises
    ------
    InputError
        A field has the wrong type, is out of range, or contradicts another one.
    """

    ENGINE: ClassVar[str] = "eie"
    RANGES: ClassVar[Mapping[str, tuple[int, int]]] = RANGES

    pe_count: int = 64
    queue_depth: int = 8
    column_queue_depth: int = 0
    free_padding: int = 0
    balanced_rows: int = 0
    grouped_pointers: int = 0
    weight_bits: int = 4
    run_bits: int = 4
    entries_per_word: int = 8
    spmat_depth: int = 16384
    pointer_depth: int = 32768
    bias_depth: int = 256
    register_depth: int = 64
    activation_depth: int = 512
    pass_count: int = 16
    acc_bits: int = 32
    lanes: int = 1
    accumulator_banks: int = 32
    parity: int = 0
    streamed: int = 0
    spmat_banks: int = 1
    broadcast_rounds: int = 0
    broadcast_groups: int = 0
    double_input: int = 0
    split_products: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pe_count not in PE_COUNTS:
            raise InputError(
                f"pe_count must be a power of two from 1 to 256, not {self.pe_count}: "
                f"choose one of {', '.join(map(str, PE_COUNTS))}"
            )
        if self.entries_per_word.bit_count() != 1:
            raise InputError(
                f"entries_per_word must be a power of two, not {self.entries_per_word}"
            )
        if self.word_bits > STREAM_BITS:
            raise InputError(
                f"a sparse-matrix word must have at most {STREAM_BITS} bits, not "
                f"{self.entries_per_word} entries x {self.entry_bits} bits = {self.word_bits}: "
                f"choose fewer entries_per_word"
            )
        if self.activation_depth.bit_count() != 1:
            raise InputError(
                f"activation_depth must be a power of two, not {self.activation_depth}: "
                f"choose {1 << self.activation_depth.bit_length()}"
            )
        if spare := self.pointer_depth % self.pointer_columns:
            why = "a multiple of 4 (groups)" if self.grouped_pointers else "even (two banks)"
            raise InputError(
                f"pointer_depth must be {why}, not {self.pointer_depth}: "
                f"choose {self.pointer_depth - spare + self.pointer_columns}"
            )
        self._check_lanes()

    def _check_lanes(self) -> None:
        """Check the lanes and their banks."""
        if self.lanes.bit_count() != 1:
            raise InputError(f"lanes must be 1, 2, 4 or 8, not {self.lanes}")
        if self.lanes > self.entries_per_word:
            raise InputError(
                f"lanes must be at most entries_per_word, {self.entries_per_word}, not "
                f"{self.lanes}: a cycle takes no more than a word has"
            )
        banks = self.accumulator_banks
        if banks.bit_count() != 1:
            raise InputError(f"accumulator_banks must be a power of two, not {banks}")
        if banks < self.lanes:
            raise InputError(
                f"accumulator_banks must be at least lanes, {self.lanes}, not {banks}: entries of "
                "one cycle go to different banks"
            )

    def with_weight_bits(self, weight_bits: int, **changes: int) -> "Config":
        """Return a copy for another width of codebook indices.

        Parameters
        ----------
        weight_bits : int
            Bits of a codebook index, 2 to 8.
        **changes : int
            Other fields to change with it.

        Returns
        -------
        Config
            With as many entries in a word as its 64 bits hold, a power of two, unless
            ``entries_per_word`` is given.

        Raises
        ------
        InputError
            The width is out of range, or the result is no configuration.
        """
        low, high = RANGES["weight_bits"]
        if not low <= weight_bits <= high:
            raise InputError(f"weight_bits must be from {low} to {high}, not {weight_bits}")
        fitting = STREAM_BITS // max(1, weight_bits + changes.get("run_bits", self.run_bits))
        entries = 1 << max(0, fitting.bit_length() - 1)
        return self.replace(**{"weight_bits": weight_bits, "entries_per_word": entries, **changes})

    @property
    def streams_weights(self) -> bool:
        """Whether weights come while the array computes."""
        return bool(self.streamed)

    @property
    def multipliers(self) -> int:
        """Multiplications that can be done in a cycle: one in each lane of each PE."""
        return self.pe_count * self.lanes

    @property
    def reads_in_banks(self) -> bool:
        """Whether the sparse-matrix SRAM is two banks (`spmat_banks`)."""
        uses = self.lanes > 1 and self.column_queue_depth > 0 and not self.streamed
        return self.spmat_banks > 1 and uses

    @property
    def holds_first_word(self) -> bool:
        """Whether a PE holds the first word of a layer's inputs as it is written.

        With parity it is read as the others are, so that a flipped bit of it is reported.
        """
        return not (self.streamed or self.parity)

    @property
    def in_rounds(self) -> bool:
        """Whether the PEs take turns word by word (`broadcast_rounds`)."""
        return bool(self.broadcast_rounds and not self.streamed)

    @property
    def holds_pointers(self) -> bool:
        """Whether a word of pointers is read once for columns that follow each other."""
        return bool(self.in_rounds and self.grouped_pointers)

    @property
    def page_bits(self) -> int:
        """Bits of a place inside a page of entries: one has those of two columns at least."""
        return self.row_bits + 1

    @property
    def start_bits(self) -> int:
        """Bits of the place of a column's first entry."""
        return self.word_address_bits + self.slot_bits

    @property
    def spared_bits(self) -> int:
        """Bits of places that the column queue does not hold, one bit of their pages being enough.

        In rounds columns come in the order in which they stand, most of them on the page of the one
        before or on the next one.
        """
        queued = self.in_rounds and self.column_queue_depth > 0
        return max(0, self.start_bits - self.page_bits - 1) * queued

    @property
    def queues_by_page(self) -> bool:
        """Whether the column queue spares bits of places (`spared_bits`)."""
        return self.spared_bits > 0

    @property
    def in_groups(self) -> bool:
        """Whether a broadcast may be of several activations (`broadcast_groups`)."""
        queued = self.holds_pointers and self.column_queue_depth > 0
        return bool(self.broadcast_groups and queued and self.register_depth <= GROUPED_ROWS)

    @property
    def tells_rounds(self) -> bool:
        """Whether PEs tell of which round an activation is; a word of a group is one."""
        return self.in_rounds and not self.in_groups

    @property
    def broadcast_size(self) -> int:
        """Activations of a broadcast at most."""
        return LANES if self.in_groups else 1

    @property
    def others_bits(self) -> int:
        """Bits of a broadcast that tell of all activations but the first: value, place, mark."""
        return (self.broadcast_size - 1) * (ACTIVATION_BITS + LARGEST_GROUP + 1)

    @property
    def spmat_bank_depth(self) -> int:
        """Words of an SRAM of the sparse matrix."""
        return -(-self.spmat_depth // 2) if self.reads_in_banks else self.spmat_depth

    @property
    def skips_padding(self) -> bool:
        """Whether padding entries cost no cycle."""
        return bool(self.free_padding) or self.lanes > 1

    @property
    def pe_bits(self) -> int:
        """Bits of a column or row index that name its PE (0 for one PE)."""
        return self.pe_count.bit_length() - 1

    @property
    def vector_depth(self) -> int:
        """Longest input or output vector of a layer."""
        return self.pe_count * self.activation_depth

    @property
    def pes_per_beat(self) -> int:
        """PEs that one beat of activations reaches together."""
        return min(LANES, self.pe_count)

    @property
    def row_bits(self) -> int:
        """Bits of an accumulator's row (at least 1)."""
        return max(1, (self.register_depth - 1).bit_length())

    @property
    def bank_bits(self) -> int:
        """Bits of a row that name its bank (0 for one bank)."""
        return self.accumulator_banks.bit_length() - 1

    @property
    def bank_depth(self) -> int:
        """Accumulators in a bank."""
        return -(-self.register_depth // self.accumulator_banks)

    @property
    def activation_row_bits(self) -> int:
        """Bits of an activation's row inside a half of the activation SRAM."""
        return (self.activation_depth - 1).bit_length()

    @property
    def activation_word_bits(self) -> int:
        """Bits of the number of a word of activations inside a half."""
        return self.activation_row_bits - (LANES.bit_length() - 1)

    @property
    def index_bits(self) -> int:
        """Bits of a broadcast column index: the row of the input vector above the PE number."""
        return self.activation_row_bits + self.pe_bits

    @property
    def gap_bits(self) -> int:
        """Bits that count the padding entries in front of an entry (at least 1)."""
        return max(1, ((self.register_depth - 1) >> self.run_bits).bit_length())

    @property
    def codebook_size(self) -> int:
        """Values of a codebook, the reserved zero included."""
        return 1 << self.weight_bits

    @property
    def codebook_words(self) -> int:
        """Stream words that hold one codebook."""
        return self.codebook_size * CODEBOOK_BITS // STREAM_BITS

    @property
    def max_run(self) -> int:
        """Largest relative row index; a padding entry carries it."""
        return (1 << self.run_bits) - 1

    @property
    def entry_bits(self) -> int:
        """Bits of an entry: relative row index above codebook index."""
        return self.weight_bits + self.run_bits

    @property
    def word_bits(self) -> int:
        """Bits of one word of the sparse-matrix SRAM."""
        return self.entries_per_word * self.entry_bits

    @property
    def slot_bits(self) -> int:
        """Bits of an entry's position inside its word (0 for one entry a word)."""
        return self.entries_per_word.bit_length() - 1

    @property
    def word_address_bits(self) -> int:
        """Bits of a sparse-matrix word address (at least 1)."""
        return max(1, (self.spmat_depth - 1).bit_length())

    @property
    def spmat_entries(self) -> int:
        """Entries that the sparse-matrix SRAM of one PE holds."""
        return self.spmat_depth * self.entries_per_word

    @property
    def pointer_bits(self) -> int:
        """Bits of a pointer, which counts entries and may be one past the last."""
        return self.spmat_entries.bit_length()

    @property
    def pointer_columns(self) -> int:
        """Columns of `pointer_depth` to an address of the pointer memory."""
        return 4 if self.grouped_pointers else 2

    @property
    def pointer_words(self) -> int:
        """Addresses of the pointer memory: pairs of pointers in two banks, or groups."""
        return self.pointer_depth // self.pointer_columns

    @property
    def pointer_word_bits(self) -> int:
        """Bits at an address of the pointer memory."""
        return self.pointer_bits + (COUNT_BITS if self.grouped_pointers else self.pointer_bits)

    @property
    def pointer_reads(self) -> int:
        """Words of memory that a column's pointers are read from: one of each bank, or one."""
        return 1 if self.grouped_pointers else 2

    @property
    def pair_bits(self) -> int:
        """Bits of an address of the pointer memory (at least 1)."""
        return max(1, (self.pointer_words - 1).bit_length())

    @property
    def bias_address_bits(self) -> int:
        """Bits of a bias address (at least 1)."""
        return max(1, (self.bias_depth - 1).bit_length())


PAPER = Config()
"""The paper's reference build: 64 PEs, queues of 8, 128 KB of sparse matrix, 64 accumulators and
2 KB of activations in each. The paper's 32 KB of pointers hold fewer columns than its own largest
layer has, so there are twice as many pointers here."""

TUNED = PAPER.replace(
    column_queue_depth=14,
    free_padding=1,
    balanced_rows=1,
    grouped_pointers=1,
    broadcast_rounds=1,
)
"""`PAPER` with decoupled pointers, free padding, balanced rows, grouped pointers and broadcasts in
rounds."""

WIDE = TUNED.replace(lanes=4, column_queue_depth=32, spmat_banks=2)
"""`TUNED` with four lanes in each PE, longer queues and two banks of the sparse matrix."""

TINY = Config(
    pe_count=4,
    column_queue_depth=8,
    free_padding=1,
    balanced_rows=1,
    spmat_depth=512,
    pointer_depth=1024,
    bias_depth=128,
    register_depth=64,
    activation_depth=64,
    pass_count=8,
)
"""A small array for tests and the demonstration: 4 PEs with 4 KB of sparse matrix each."""

NAMED = {"paper": PAPER, "tuned": TUNED, "wide": WIDE, "tiny": TINY}
"""Configurations by the name that the command line uses."""
