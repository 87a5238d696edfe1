"""Performance counters: names, order in the result stream, and meanings."""

CENTRAL = ("cycles", "groups")
"""Counters of the control unit, for one pass; `MEANINGS` explains them."""

PER_PE = ("saturations", "overflows", "specials", "picks")
"""Counters of an engine, for one pass; `MEANINGS` explains them."""

MEANINGS = {
    "cycles": "from the start of the run, or the end of the pass before, to the end of write-back",
    "groups": "groups of pairs that every engine computes, of all its rows side by side",
    "saturations": "outputs in fixed point clipped at write-back",
    "overflows": (
        "sums of a cycle that left the accumulator's range, in fixed point; in floating point, "
        "outputs that are too large for the format, and `specials`"
    ),
    "specials": (
        "outputs in floating point made of a NaN or an infinity, also those that fill up the last "
        "round"
    ),
    "picks": "pairs that the lanes picked: ones of a column, or zeros of an inverted one",
}
"""Meaning of every counter."""
