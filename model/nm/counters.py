"""Performance counters: names, order in the result stream, and meanings."""

CENTRAL = ("cycles", "beats")
"""Counters of the control unit, for one pass; `MEANINGS` explains them."""

PER_PE = ("saturations", "overflows")
"""Counters of a PE, for one pass; `MEANINGS` explains them."""

MEANINGS = {
    "cycles": "from the start of the run, or the end of the pass before, to the end of write-back",
    "beats": "beats of weights that every PE multiplies, one a cycle",
    "saturations": "outputs clipped at write-back",
    "overflows": "sums of beats that left the accumulator's range",
}
"""Meaning of every counter."""
