"""Registers of planned work, and the documents of the centre that are in effect."""
