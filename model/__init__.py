"""The golden model: what the hardware must compute, bit for bit, in NumPy alone."""
