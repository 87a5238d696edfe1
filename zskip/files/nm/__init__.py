"""Layers of an N:M network in a file."""
