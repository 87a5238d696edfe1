"""Waivers for lint of generated Verilog."""

from pathlib import Path

WAIVERS = Path(__file__).with_name("lint.vlt")
"""Waivers for Verilator, each with its reason."""
