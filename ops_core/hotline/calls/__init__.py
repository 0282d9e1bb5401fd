"""Calls: what the telephone system reported, and what each call was."""
