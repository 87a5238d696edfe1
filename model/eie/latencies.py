"""Latencies of the units of an EIE array, in cycles."""

from zskip.model.common.latencies import SRAM_READ, WRITE_BACK
from zskip.model.eie.passes import DESCRIPTOR_WORDS

LOOK_UP = 1
HALF_PRODUCTS = 1
PRODUCT = 1
SUM = 1
"""Stages of the arithmetic."""

ARITHMETIC = LOOK_UP + HALF_PRODUCTS + PRODUCT + SUM
"""From an entry, or a row to write back, to the write of its accumulator."""

FETCH_CYCLES = DESCRIPTOR_WORDS + SRAM_READ
"""From the start of a run to computing mode: the descriptor of the first pass is read."""

WRITE_BACK_LATENCY = ARITHMETIC + WRITE_BACK
"""From the last row's write-back command to the cycle after its write."""
