"""Parts of benches that all engines share."""
