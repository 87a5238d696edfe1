"""Golden model of the N:M engine."""
