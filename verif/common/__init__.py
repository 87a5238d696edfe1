"""What the benches of all engines share."""
