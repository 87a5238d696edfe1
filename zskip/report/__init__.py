"""What compression made of a network, in numbers and as a page for a browser."""
