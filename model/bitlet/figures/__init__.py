"""Figures of the Bitlet array: cycles for weights of known distributions."""
