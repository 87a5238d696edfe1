"""Files that belong to the Verilog of an EIE array."""
