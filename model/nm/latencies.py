"""Latencies of an N:M array, in cycles; the hardware's, which its tests measure."""

PASS_CYCLES = 8
"""Cycles of a pass beside one for each beat: filling and draining of the pipeline."""

RUN_CYCLES = 3
"""More cycles of the first pass of a run, whose descriptor is read first."""
