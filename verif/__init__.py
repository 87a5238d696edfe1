"""The benches that run the hardware in a simulator, and the tools they need."""
