"""Measurements, not timed tests; docs/performance.md has their results."""
