"""From layers in fixed point to an encoded network: order of the rows, entries, other arrays."""
