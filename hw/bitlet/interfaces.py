"""Signatures that the units of the Bitlet array share."""

from zskip.hw.common.load_bus import LoadBus
from zskip.hw.common.request import Request
from zskip.hw.common.write_port import WritePort, address_bits
from zskip.model.bitlet.config import RANGES, Config
from zskip.model.bitlet.counters import CENTRAL, PER_PE
from zskip.model.bitlet.packets import Target
from zskip.model.bitlet.passes import PASS_WORDS
from zskip.model.common.fixed import ACTIVATION_BITS
from zskip.model.common.stream import COUNTERS_PER_WORD, STREAM_BITS

PE_NUMBER_BITS = (RANGES["pe_count"][1] - 1).bit_length()
"""Width of an engine's number, on the load bus too."""

TARGET_BITS = max(Target).bit_length()
"""Width of a target on the load bus."""

COUNTER_WORDS = len(PER_PE) // COUNTERS_PER_WORD
"""Words of the counters of an engine."""


def load_bus() -> LoadBus:
    """Return the load bus, which no configuration changes."""
    return LoadBus(target_bits=TARGET_BITS, pe_bits=PE_NUMBER_BITS)


def program_port(config: Config) -> WritePort:
    """Return the write port of the program memory."""
    return WritePort(
        address_bits=address_bits(PASS_WORDS * config.pass_count), data_bits=STREAM_BITS
    )


def request(config: Config) -> Request:
    """Return the requests of the control unit to the emitter."""
    return Request(vector_depth=config.vector_depth, central_counters=len(CENTRAL))


def output_bits(config: Config) -> int:
    """Return the bits of an activation in as many places as the widest one takes."""
    return config.places * ACTIVATION_BITS


def window_bits(config: Config) -> int:
    """Return the bits of the activations of a beat, which all engines share."""
    return config.load_pairs * output_bits(config)
