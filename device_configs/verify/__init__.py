"""Verification: what each role must show while it runs, asked of the devices over SSH."""
