"""Seats on the console and for programs: who is signed in at them."""
