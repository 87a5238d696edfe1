"""Hardware of the N:M engine."""
