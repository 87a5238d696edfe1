"""Amaranth components of the EIE array."""
