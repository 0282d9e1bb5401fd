"""Configurations as the devices have them, kept in a git repository without their secrets."""
