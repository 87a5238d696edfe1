"""From a compressed network to what the array holds: memory images and a table of passes.

A layer is one pass, or one for each block of rows where it has more of them than the PEs have
accumulators. In the program memory a pass takes two descriptor words (`PASS_WORD_0`,
`PASS_WORD_1`) and then its codebook, four 16-bit values to a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from zskip.model.common.bitfields import Field, pack
from zskip.model.common.errors import InputError
from zskip.model.eie.config import LANES, RANGES, Config
from zskip.model.eie.encoding import EncodedMatrix
from zskip.model.eie.network import Layer, Network
from zskip.model.eie.packets import (
    POINTER_HALF_BITS,
    Target,
    load_packet,
    pack_activations,
)

PASS_WORD_0 = (
    Field("outputs", 0, 24, "length of the layer's output vector"),
    Field("inputs", 24, 24, "length of the layer's input vector"),
    Field("shift", 48, 6, "bits by which write-back scales the accumulator down"),
    Field("relu", 56, 1, "negative outputs become 0"),
    Field("emit_outputs", 57, 1, "the pass sends the layer's outputs"),
    Field("emit_counters", 58, 1, "the pass sends its counters"),
    Field("swap", 59, 1, "the layer ends with this pass: its outputs are the next inputs"),
    Field("last", 60, 1, "the run ends with this pass"),
)
"""First descriptor word."""

PASS_WORD_1 = (
    Field("pointer_base", 0, 18, "address of the first pair of pointers, in every PE"),
    Field("bias_base", 18, 18, "address of the first bias, in every PE"),
    Field("row_base", 36, 14, "row of the first output, in every PE"),
    Field("rows", 50, 13, "rows of outputs in every PE"),
)
"""Second descriptor word."""

DESCRIPTOR_WORDS = 2
"""Program words in front of a pass's codebook."""


def pass_words(config: Config) -> int:
    """Return the program words that one pass takes."""
    return DESCRIPTOR_WORDS + config.codebook_words


@dataclass(frozen=True, eq=False, kw_only=True)
class Pass:
    """One entry of the pass table.

    Parameters
    ----------
    outputs, inputs : int
        Lengths of the layer's output and input vector.
    row_base, rows : int
        First output row of the pass and number of its rows, in every PE.
    pointer_base : int
        Address of the pass's first pair of pointers in every PE.
    bias_base : int
        Address of the pass's first bias in every PE.
    shift : int
        Write-back shift.
    relu : bool
        Whether negative outputs become 0.
    codebook : ndarray of int64, shape (2 ** weight_bits,)
        Shared weights.
    emit_outputs, emit_counters : bool
        Whether the pass sends the layer's outputs and its own counters out.
    swap : bool
        Whether the layer ends with this pass.
    last : bool
        Whether the run ends with this pass.
    """

    outputs: int
    inputs: int
    row_base: int
    rows: int
    pointer_base: int
    bias_base: int
    shift: int
    relu: bool
    codebook: NDArray[np.int64]
    emit_outputs: bool
    emit_counters: bool
    swap: bool
    last: bool

    def words(self) -> NDArray[np.uint64]:
        """Return the program words of the pass, uint64."""
        descriptor = [
            pack(
                PASS_WORD_0,
                outputs=self.outputs,
                inputs=self.inputs,
                shift=self.shift,
                relu=self.relu,
                emit_outputs=self.emit_outputs,
                emit_counters=self.emit_counters,
                swap=self.swap,
                last=self.last,
            ),
            pack(
                PASS_WORD_1,
                pointer_base=self.pointer_base,
                bias_base=self.bias_base,
                row_base=self.row_base,
                rows=self.rows,
            ),
        ]
        return np.concatenate(
            (np.array(descriptor, dtype=np.uint64), pack_activations(self.codebook))
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Program:
    """Contents of every memory of the array.

    Parameters
    ----------
    config : Config
        The array.
    passes : tuple of Pass
        In the order in which they run.
    spmat : tuple of ndarray of uint64, one array of shape (words,) for each PE
        Sparse-matrix words. A layer starts at a word boundary.
    pointers : ndarray of int64, shape (pe_count, pointers)
        Column pointers; they count entries from the start of the PE's sparse-matrix memory.
    bias : ndarray of int64, shape (pe_count, rows)
        Biases by local row.
    """

    config: Config
    passes: tuple[Pass, ...]
    spmat: tuple[NDArray[np.uint64], ...]
    pointers: NDArray[np.int64]
    bias: NDArray[np.int64]

    def load_stream(self) -> NDArray[np.uint64]:
        """Return the packets that fill every memory of the array, one after the other."""
        packets = []
        for pe in range(self.config.pe_count):
            pairs = self.pointers[pe].astype(np.uint64).reshape(-1, 2)
            words = pairs[:, 0] | pairs[:, 1] << np.uint64(POINTER_HALF_BITS)
            packets.append(load_packet(Target.POINTERS, words, pe=pe))
            packets.append(load_packet(Target.SPMAT, self.spmat[pe], pe=pe))
            packets.append(load_packet(Target.BIAS, self.bias[pe].view(np.uint64), pe=pe))
        packets.append(load_packet(Target.PROGRAM, self.program_words()))
        return np.concatenate(packets)

    def program_words(self) -> NDArray[np.uint64]:
        """Return the contents of the program memory, uint64."""
        return np.concatenate([entry.words() for entry in self.passes])


def plan(network: Network, *, trace: bool = False) -> Program:
    """Place a network in the memories of its array.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.
    trace : bool
        Let every layer send out its outputs and every pass its counters, not only the last layer
        its outputs.

    Returns
    -------
    Program

    Raises
    ------
    InputError
        The network does not fit; the message names each limit and the configuration that holds it.
    """
    check_fit(network)
    config = network.config
    passes: list[Pass] = []
    pointers: list[NDArray[np.int64]] = []
    images: list[list[NDArray[np.uint64]]] = [[] for _ in range(config.pe_count)]
    used_words = np.zeros(config.pe_count, dtype=np.int64)
    pointer_base = bias_base = 0
    for index, layer in enumerate(network.layers):
        last_layer = index == len(network.layers) - 1
        columns = layer.inputs
        offsets = used_words * config.entries_per_word
        depths = block_depths(layer.outputs, layer.matrix.block_rows, config)
        for block, rows in enumerate(depths):
            ends_layer = block == len(depths) - 1
            passes.append(
                Pass(
                    outputs=layer.outputs,
                    inputs=columns,
                    row_base=block * layer.matrix.block_rows,
                    rows=rows,
                    pointer_base=pointer_base,
                    bias_base=bias_base,
                    shift=layer.shift,
                    relu=layer.relu,
                    codebook=layer.codebook,
                    emit_outputs=ends_layer and (trace or last_layer),
                    emit_counters=trace,
                    swap=ends_layer,
                    last=ends_layer and last_layer,
                )
            )
            of_block = layer.matrix.pointers[:, block * columns : (block + 1) * columns + 1]
            pointers.append(_even(of_block + offsets[:, np.newaxis]))
            pointer_base += pointer_pairs(columns)
            bias_base += rows
        for pe in range(config.pe_count):
            images[pe].append(spmat_words(layer.matrix, pe, config))
            used_words[pe] += images[pe][-1].size
    return Program(
        config=config,
        passes=tuple(passes),
        spmat=tuple(np.concatenate(image) for image in images),
        pointers=np.concatenate(pointers, axis=1),
        bias=np.concatenate([_by_pe(layer.bias, config) for layer in network.layers], axis=1),
    )


def pointer_pairs(columns: int) -> int:
    """Return the pairs of pointers of a pass: one pointer more than columns, made even."""
    return (columns + 2) // 2


def local_depth(length: int, config: Config) -> int:
    """Return the rows that a vector of `length` takes in each PE."""
    return -(-length // config.pe_count)


def block_depths(rows: int, block_rows: int, config: Config) -> list[int]:
    """Return the local rows of each block of a matrix."""
    depth = local_depth(rows, config)
    return [min(block_rows, depth - first) for first in range(0, depth, block_rows)]


def spmat_words(matrix: EncodedMatrix, pe: int, config: Config) -> NDArray[np.uint64]:
    """Pack the entries of one PE into sparse-matrix words, the last one filled up with 0.

    Parameters
    ----------
    matrix : EncodedMatrix
        The encoded matrix.
    pe : int
        PE number.
    config : Config
        Gives the entries per word.

    Returns
    -------
    ndarray of uint64, shape (words,)
    """
    where = matrix.entry_range(pe)
    entries = matrix.runs[where].astype(np.uint64) << np.uint64(config.weight_bits)
    entries |= matrix.codes[where]
    words = -(-entries.size // config.entries_per_word)
    slots = np.zeros((words, config.entries_per_word), dtype=np.uint64)
    slots.ravel()[: entries.size] = entries
    positions = np.arange(config.entries_per_word, dtype=np.uint64) * np.uint64(config.entry_bits)
    return np.bitwise_or.reduce(slots << positions, axis=1, initial=0)


def requirements(network: Network) -> dict[str, int]:
    """Return the smallest value of each configuration field that holds a network.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Returns
    -------
    dict of str to int
        By field name of `Config`, for the network's own PE count.
    """
    entries = [layer.matrix.pointers[:, -1] for layer in network.layers]
    return needed_fields(network.layers, entries, network.config)


def needed_fields(
    layers: Sequence[Layer], entries: Sequence[NDArray[np.int64]], config: Config
) -> dict[str, int]:
    """Return the smallest value of each configuration field that holds some layers.

    Parameters
    ----------
    layers : sequence of Layer
        The layers, encoded for any number of PEs.
    entries : sequence of ndarray of int64, each of shape (pe_count,)
        Entries of each PE of the configuration, for each layer.
    config : Config
        Gives the PE count and the entries per word.

    Returns
    -------
    dict of str to int
        By field name of `Config`.
    """
    longest = max(max(layer.inputs, layer.outputs) for layer in layers)
    words = sum(-(-counts // config.entries_per_word) for counts in entries)
    depths = [local_depth(layer.outputs, config) for layer in layers]
    passes = [-(-depth // config.register_depth) for depth in depths]
    return {
        "activation_depth": max(LANES, 1 << (local_depth(longest, config) - 1).bit_length()),
        "spmat_depth": int(np.max(words)),
        "pointer_depth": 2
        * sum(
            count * pointer_pairs(layer.inputs) for count, layer in zip(passes, layers, strict=True)
        ),
        "bias_depth": sum(depths),
        "pass_count": sum(passes),
    }


HOLDS = {
    "activation_depth": "activations in a half of the activation SRAM",
    "spmat_depth": "sparse-matrix words",
    "pointer_depth": "column pointers",
    "bias_depth": "biases",
    "pass_count": "passes",
}
"""What each configuration field that limits a network counts."""


def check_fit(network: Network) -> None:
    """Check that a network fits its configuration.

    Parameters
    ----------
    network : Network
        A network that passes its `check`.

    Raises
    ------
    InputError
        Names each limit, what the network needs, and the settings that would fit.
    """
    config = network.config
    lacking = {
        name: needed
        for name, needed in requirements(network).items()
        if needed > getattr(config, name)
    }
    if not lacking:
        return
    limits = ", ".join(
        f"{HOLDS[name]} ({name}) {getattr(config, name)}, needed {needed}"
        for name, needed in lacking.items()
    )
    settings = " ".join(f"--set {name}={needed}" for name, needed in lacking.items())
    if any(needed > RANGES[name][1] for name, needed in lacking.items()):
        settings = "a smaller network: no array of so many PEs holds that"
    raise InputError(
        f"the network must fit the {config.pe_count} PEs of the configuration, which hold in "
        f"each PE: {limits}; use more PEs, or {settings}"
    )


def _even(pointers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Repeat the last pointer where their number is odd."""
    if pointers.shape[1] % 2 == 0:
        return pointers
    return np.concatenate((pointers, pointers[:, -1:]), axis=1)


def _by_pe(bias: NDArray[np.int64], config: Config) -> NDArray[np.int64]:
    """Deal a vector out to the PEs by local row, filled up with 0."""
    dealt = np.zeros((local_depth(bias.size, config), config.pe_count), dtype=np.int64)
    dealt.ravel()[: bias.size] = bias
    return np.ascontiguousarray(dealt.T)
