"""Plays on the console: what can be run, the runs, one run as it goes on, and breaking it off."""
