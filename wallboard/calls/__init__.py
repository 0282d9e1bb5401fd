"""Calls on the console: what goes on now, the day's list, one call's page, and the feed's API."""
