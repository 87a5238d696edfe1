"""Golden vectors of a network: what goes into a block, and every word that must come out."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zskip.hw.common.axi_top import axi_module
from zskip.hw.common.engine import Hardware
from zskip.model.common.fixed import ACTIVATION_BITS, FloatArray, IntArray, limits
from zskip.model.common.network import Network
from zskip.model.common.program import hex_lines
from zskip.model.common.stream import LOAD_HEADER, STREAM_BITS

Words = NDArray[np.uint64]

INDEX_BITS = 32
"""Bits of the numbers in files that are not words of a stream."""

BENCH = "bench/"
"""Folder of the test bench."""

VECTORS = "vectors/"
"""Folder of the golden vectors."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Vectors:
    """Input vectors and their results by the golden model.

    Parameters
    ----------
    inputs, outputs : ndarray of float64, shape (n, values)
        Real numbers, in the order of the network's source.
    load : ndarray of uint64
        The load stream of the network.
    tiles : ndarray of uint64
        The load stream behind each start; empty where weights stay on chip.
    trace : ndarray of uint64
        The packets that let every layer send its outputs and every pass its counters.
    packets : ndarray of uint64, shape (n, words)
        Load packets of the input vectors.
    results, traced : ndarray of uint64, shape (n, words)
        Words of the result stream: of the network as it is, and behind `trace`.
    cycles : ndarray of int64, shape (n,)
        Cycles of all passes together.
    cycle_limit : int
        Cycles that a run stays below, whatever its inputs are.
    """

    inputs: FloatArray
    outputs: FloatArray
    load: Words
    tiles: Words
    trace: Words
    packets: Words
    results: Words
    traced: Words
    cycles: IntArray
    cycle_limit: int


def changed_packets(before: Words, after: Words) -> Words:
    """Return the packets of a load stream that differ from those of another one.

    Parameters
    ----------
    before, after : ndarray of uint64
        Load streams.
    """
    known = {packet.tobytes() for packet in _packets(before)}
    changed = [packet for packet in _packets(after) if packet.tobytes() not in known]
    return np.concatenate(changed)


def _packets(stream: Words) -> list[Words]:
    """Cut a load stream into its packets."""
    words = next(field for field in LOAD_HEADER if field.name == "words")
    starts = [0]
    while starts[-1] < stream.size:
        starts.append(starts[-1] + 1 + (int(stream[starts[-1]]) >> words.low))
    return np.split(stream, starts[1:-1])


def vector_files(
    hardware: Hardware[Any], network: Network[Any, Any], vectors: Vectors
) -> dict[str, bytes]:
    """Return the files that the test bench of a drop reads, beside the load stream.

    Parameters
    ----------
    hardware : Hardware
        The block.
    network : Network
        The network.
    vectors : Vectors
        Its golden vectors.

    Returns
    -------
    dict of str to bytes
        By path inside the drop.
    """
    words = {
        "trace": vectors.trace,
        "inputs": vectors.packets,
        "outputs": vectors.results,
        "layers": vectors.traced,
    }
    numbers = {
        "cycles": vectors.cycles,
        "gather": network.gather,
        "rows": network.layers[-1].rows,
    }
    return {
        **{
            f"{VECTORS}{name}.hex": hex_lines(of.ravel(), STREAM_BITS) for name, of in words.items()
        },
        **{f"{VECTORS}{name}.hex": hex_lines(of, INDEX_BITS) for name, of in numbers.items()},
        f"{VECTORS}inputs.txt": _text(vectors.inputs),
        f"{VECTORS}outputs.txt": _text(vectors.outputs),
        f"{BENCH}network.vh": _macros(hardware, network, vectors).encode(),
    }


def _text(values: FloatArray) -> bytes:
    """Write real numbers without loss, a vector a line."""
    return "".join(f"{' '.join(map(repr, row))}\n" for row in values.tolist()).encode()


def _macros(hardware: Hardware[Any], network: Network[Any, Any], vectors: Vectors) -> str:
    """Return the sizes and scales of a network as macros of Verilog."""
    program = {
        "TOP": axi_module(hardware),
        "VECTORS": len(vectors.inputs),
        "LOAD_WORDS": vectors.load.size,
        "TILE_WORDS": vectors.tiles.size,
        "TRACE_WORDS": vectors.trace.size,
        "INPUT_WORDS": vectors.packets.shape[1],
        "OUTPUT_WORDS": vectors.results.shape[1],
        "LAYER_WORDS": vectors.traced.shape[1],
        "CYCLE_LIMIT": vectors.cycle_limit,
        "INPUTS": network.inputs,
        "INPUTS_USED": network.gather.size,
        "OUTPUTS": network.outputs,
        "PLACE_BITS": network.form.places * ACTIVATION_BITS,
        "INPUT_SCALE": repr(float(network.input_scale)),
        **_numbers(network),
    }
    return "".join(f"`define ZSKIP_{name} {value}\n" for name, value in program.items())


def _numbers(network: Network[Any, Any]) -> dict[str, object]:
    """Return how real numbers stand in words; what is of no use gets a value that compiles."""
    first, last = network.layers[0], network.layers[-1]
    if first.number is not None:
        return {
            "FLOATING": 1,
            "EXPONENT_BITS": first.number.exponent_bits,
            "FRACTION_BITS": first.number.fraction_bits,
            "LEAST_NUMBER": repr(float(first.number.values(1))),
            "INPUT_UNITS": 1.0,
            "INPUT_LOW": repr(-first.number.largest),
            "INPUT_HIGH": repr(first.number.largest),
            "OUTPUT_UNIT": 1.0,
        }
    low, high = limits(network.config.activation_bits)
    return {
        "FLOATING": 0,
        "EXPONENT_BITS": 5,
        "FRACTION_BITS": 10,
        "LEAST_NUMBER": 1.0,
        "INPUT_UNITS": 2.0**first.scale.input_fraction,
        "INPUT_LOW": float(low),
        "INPUT_HIGH": float(high),
        "OUTPUT_UNIT": repr(2.0**-last.scale.output_fraction),
    }
