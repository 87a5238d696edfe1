"""Exploration of configurations: points, their measurement, and where they are computed."""
