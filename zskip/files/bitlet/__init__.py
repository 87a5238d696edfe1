"""Layers of a Bitlet network in a file."""
