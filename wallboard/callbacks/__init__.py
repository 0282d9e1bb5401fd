"""Callbacks of completed orders: the list of those due, and one callback with its answers."""
