"""Names in the Verilog of an array that others use; nothing here imports Amaranth."""

TOP_MODULE = "zskip_bitlet"
"""Verilog module of the array."""
