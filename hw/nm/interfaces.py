"""Signatures that the units of the N:M array share."""

from zskip.hw.common.load_bus import LoadBus
from zskip.hw.common.request import Request
from zskip.hw.common.write_port import WritePort, address_bits
from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.common.stream import STREAM_BITS
from zskip.model.nm.config import RANGES, Config
from zskip.model.nm.counters import CENTRAL
from zskip.model.nm.packets import Target
from zskip.model.nm.passes import PASS_WORD_0, pass_words

PE_NUMBER_BITS = (RANGES["pe_count"][1] - 1).bit_length()
"""Width of a row's number, on the load bus too."""

TARGET_BITS = max(Target).bit_length()
"""Width of a target on the load bus."""

SHIFT_BITS = next(field.bits for field in PASS_WORD_0 if field.name == "shift")
"""Width of the write-back shift."""


def load_bus() -> LoadBus:
    """Return the load bus, which no configuration changes."""
    return LoadBus(target_bits=TARGET_BITS, pe_bits=PE_NUMBER_BITS)


def program_port(config: Config) -> WritePort:
    """Return the write port of the program memory."""
    depth = pass_words(config) * config.pass_count
    return WritePort(address_bits=address_bits(depth), data_bits=STREAM_BITS)


def request(config: Config) -> Request:
    """Return the requests of the control unit to the emitter."""
    return Request(vector_depth=config.vector_depth, central_counters=len(CENTRAL))


def codebook_bits(config: Config) -> int:
    """Return the bits of a codebook; 0 where weights are integers."""
    return CODEBOOK_BITS * config.codebook_size if config.shares_weights else 0


def window_bits(config: Config) -> int:
    """Return the bits of the activations that all rows share in a cycle."""
    return config.window * config.activation_bits
