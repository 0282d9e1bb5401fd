"""The page of one device, seat or service: all that is known of it."""
