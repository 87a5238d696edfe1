"""Benches of the Bitlet engine's units."""
