"""Plays: playbooks that people run from the command line or the browser, on record."""
