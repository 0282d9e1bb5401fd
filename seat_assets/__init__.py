"""Seats and their terminals: what was declared, and when each was in order."""
