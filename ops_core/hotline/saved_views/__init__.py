"""Filters of the list of orders by name: one's own, and those that somebody shares."""
