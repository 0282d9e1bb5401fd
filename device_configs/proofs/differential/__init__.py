"""What one declaration opens and closes against another, packet by packet."""
