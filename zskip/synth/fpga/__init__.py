"""Synthesis for FPGAs."""
