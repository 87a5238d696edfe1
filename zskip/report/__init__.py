"""Report of a compressed network, in numbers and as a page for a browser."""
