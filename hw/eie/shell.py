"""Units that all engines share, as the EIE array needs them."""

from zskip.hw.common.emitter import Emitter
from zskip.hw.common.loader import Loader, Memory, Tiles
from zskip.hw.common.program_memory import ProgramMemory
from zskip.hw.common.readout import Readout
from zskip.hw.common.request import Request
from zskip.hw.common.write_back import WriteBack
from zskip.hw.common.write_port import WritePort, address_bits
from zskip.hw.eie.interfaces import LOAD_TARGET_BITS, PE_NUMBER_BITS
from zskip.model.common.stream import COUNTERS_PER_WORD, LANES, STREAM_BITS
from zskip.model.eie.config import Config
from zskip.model.eie.counters import CENTRAL, PER_PE
from zskip.model.eie.latencies import readout_latency
from zskip.model.eie.packets import TARGETS, TILE, TILED, Target
from zskip.model.eie.passes import PASS_WORD_0, PASS_WORD_1, SHIFT_BITS, pass_words

COUNTER_WORDS = len(PER_PE) // COUNTERS_PER_WORD
"""Words of the counters of a PE."""


def program_port(config: Config) -> WritePort:
    """Return the write port of the program memory."""
    depth = pass_words(config) * config.pass_count
    return WritePort(address_bits=address_bits(depth), data_bits=STREAM_BITS)


def loader(config: Config) -> Loader:
    """Return the loader of the array's memories."""
    words = {
        Target.POINTERS: config.pointer_words,
        Target.SPMAT: config.spmat_depth,
        Target.BIAS: config.bias_depth,
        Target.ACTIVATIONS: config.vector_depth // LANES,
        Target.PROGRAM: pass_words(config) * config.pass_count,
    }
    memories = {target: Memory(words[target], form.per_pe) for target, form in TARGETS.items()}
    tiles = Tiles(frozenset(TILED), TILE) if config.streamed else None
    return Loader(
        memories=memories | ({TILE: Memory(1, False)} if tiles else {}),
        program=Target.PROGRAM,
        inputs=Target.ACTIVATIONS,
        dealt=True,
        pe_count=config.pe_count,
        target_bits=LOAD_TARGET_BITS,
        pe_bits=PE_NUMBER_BITS,
        tiles=tiles,
        banks=bool(config.double_input),
    )


def request(config: Config) -> Request:
    """Return the requests of the central control unit to the emitter."""
    return Request(vector_depth=config.vector_depth, central_counters=len(CENTRAL))


def readout(config: Config) -> Readout:
    """Return the commands of the emitter to the PEs."""
    return Readout(units=config.pe_count, rows=config.activation_depth, counter_words=COUNTER_WORDS)


def emitter(config: Config) -> Emitter:
    """Return the emitter of the PEs' outputs and counters."""
    return Emitter(
        units=config.pe_count,
        vector_depth=config.vector_depth,
        central_counters=len(CENTRAL),
        unit_counters=len(PER_PE),
        latency=readout_latency(config),
        parity=config.parity,
    )


def program_memory(config: Config) -> ProgramMemory:
    """Return the memory of the passes, of which the codebooks are the tails."""
    return ProgramMemory(
        descriptor=(PASS_WORD_0, PASS_WORD_1),
        tail_words=config.codebook_words,
        passes=config.pass_count,
        parity=config.parity,
    )


def write_back(config: Config) -> WriteBack:
    """Return the write-back of a PE."""
    return WriteBack(
        acc_bits=config.acc_bits,
        shift_bits=SHIFT_BITS,
        row_bits=config.row_bits,
        output_row_bits=config.activation_row_bits,
    )
