"""Cut and kill on purpose what the declaration claims to survive, and measure what it costs."""
