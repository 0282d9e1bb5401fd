"""Sums by local day of what the figures count, kept by the commands that change it."""
