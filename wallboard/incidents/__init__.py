"""Incidents on the console: the list, one incident's page, and the actions on it."""
