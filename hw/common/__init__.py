"""What the hardware of all engines shares."""
