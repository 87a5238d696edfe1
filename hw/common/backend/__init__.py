"""From a component to readable Verilog."""
