"""Golden model of the Bitlet array, which skips the zero bits of weights."""
