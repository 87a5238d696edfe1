"""Latencies of the hardware that all engines share, in cycles."""

SRAM_READ = 1
"""From an address to the data of an SRAM."""

WRITE_BACK_SHIFT = 1
WRITE_BACK_SATURATE = 1
"""Stages of the write-back."""

WRITE_BACK = WRITE_BACK_SHIFT + WRITE_BACK_SATURATE
"""From a rounded sum to its activation."""
