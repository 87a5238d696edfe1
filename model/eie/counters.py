"""Performance counters: names, order in the result stream, and meanings."""

CENTRAL = ("cycles", "broadcasts", "stalls", "drain")
"""Counters of the central control unit, for one pass; `MEANINGS` explains them."""

PER_PE = (
    "entries",
    "padding",
    "busy",
    "starved",
    "spmat_reads",
    "pointer_reads",
    "saturations",
    "overflows",
)
"""Counters of a PE, for one pass; `MEANINGS` explains them."""

MEANINGS = {
    "cycles": "from the start of the run, or the end of the pass before, to the end of write-back",
    "broadcasts": "non-zero activations sent to the PEs",
    "stalls": "cycles in which a broadcast waits because a queue is full",
    "drain": "computing cycles without an activation to broadcast",
    "entries": "entries of the broadcast columns, padding included",
    "padding": "those of them that are padding",
    "busy": "computing cycles in which the PE holds a broadcast or an entry",
    "starved": "the other computing cycles",
    "spmat_reads": "words read from the sparse-matrix SRAM",
    "pointer_reads": "words read from the pointer memory, of both banks together",
    "saturations": "outputs clipped to 16 bits at write-back",
    "overflows": "additions that left the accumulator's range",
}
"""Meaning of every counter."""

UNTIMED = ("entries", "padding", "spmat_reads", "pointer_reads", "saturations", "overflows")
"""The counters of a PE that do not depend on when things happen: the golden model gives them."""
