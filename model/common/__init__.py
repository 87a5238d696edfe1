"""What the models of all engines share."""
