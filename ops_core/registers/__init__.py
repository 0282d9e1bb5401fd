"""Registers of planned work: one engine, and a file of data for each kind of register."""
