"""Readers of weights, one module for each format, imported when a file of it is read.

Each has ``read(path: Path) -> tuple[FloatLayer, ...]``: the layers from input to output.
"""
