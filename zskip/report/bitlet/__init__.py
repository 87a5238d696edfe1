"""Report of the Bitlet engine."""
