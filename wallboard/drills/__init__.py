"""Drills on the console: what each fault costs from drill to drill, and an evidence page each."""
