"""Layers of an EIE network in a file."""
