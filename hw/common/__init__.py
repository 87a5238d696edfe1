"""Hardware that all engines share."""
