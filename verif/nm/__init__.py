"""Benches of the N:M engine's units, and its block in a simulator."""
