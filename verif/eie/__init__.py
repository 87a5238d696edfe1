"""Benches of the EIE array: `tb_*.py` run inside the simulator, the rest starts them."""
