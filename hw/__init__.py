"""The hardware, written in Amaranth."""
