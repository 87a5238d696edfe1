"""Report of the N:M engine."""
