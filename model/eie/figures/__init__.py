"""Figures of an encoded network: bytes, fit, work, spread over the PEs, worth of each switch."""
