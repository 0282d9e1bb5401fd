"""Adapters: what the domain folders know, in the shape in which the screens ask for it."""
