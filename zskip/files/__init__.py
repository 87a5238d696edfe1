"""Files that go in and out: weights, inputs, compressed networks, and drops of Verilog."""
