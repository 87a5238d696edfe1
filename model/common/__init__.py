"""Models that all engines share."""
