"""Files of a drop of Verilog beside the Verilog itself."""
