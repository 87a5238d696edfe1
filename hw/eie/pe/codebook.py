"""Codebook of a PE."""

from collections.abc import Sequence

from amaranth import Module, Value
from amaranth.lib import memory
from amaranth.utils import exact_log2

from zskip.hw.common.write_port import WritePortInterface
from zskip.model.common.fixed import CODEBOOK_BITS
from zskip.model.common.stream import LANES, STREAM_BITS


def look_up(m: Module, port: WritePortInterface, codes: Sequence[Value]) -> list[Value]:
    """Add a codebook, which a port writes, four values at a time; return the values of codes.

    It is a memory that is read in the cycle of its address, so that FPGAs take LUT RAM for it.
    Registers that hold the same in every PE would be merged into those of one PE, and their wires
    to all others are more than an FPGA routes.
    """
    depth = 1 << len(port.address)
    m.submodules.codebook = words = memory.Memory(shape=STREAM_BITS, depth=depth, init=[])
    w_port = words.write_port()
    m.d.comb += [w_port.en.eq(port.en), w_port.addr.eq(port.address), w_port.data.eq(port.data)]
    lane_bits = exact_log2(LANES)
    values: list[Value] = []
    for code in codes:
        r_port = words.read_port(domain="comb")
        m.d.comb += r_port.addr.eq(code >> lane_bits)
        value = r_port.data.word_select(code[:lane_bits], CODEBOOK_BITS)
        values.append(value.as_signed())
    return values
