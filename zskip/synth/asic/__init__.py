"""Standard cells of a Liberty file, with SRAMs as black boxes of known area, energy and time."""
