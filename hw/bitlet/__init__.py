"""Hardware of the Bitlet engine."""
