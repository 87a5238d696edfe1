"""Formulas of what an array costs, fitted to syntheses, and the syntheses they are fitted to."""
