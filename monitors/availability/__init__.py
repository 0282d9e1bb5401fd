"""How long elements were in which state: recorded as intervals, summed by pure functions."""
