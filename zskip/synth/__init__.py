"""Synthesis: what a design costs on an FPGA or in a standard-cell process."""
