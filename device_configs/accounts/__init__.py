"""Accounts that exist on devices, held against those that are declared (requirement A9)."""
