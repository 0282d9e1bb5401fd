"""The hotline itself: calls, and from them requests, work orders and callbacks."""
