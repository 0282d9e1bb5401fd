"""Cases: what a requester asked for, on any channel."""
