"""Emulated vendor boxes: real SSH on loopback, before boxes that keep state as the platforms do.

The core is pure (a line and an instant in, a new state and an answer out); asyncssh serves it. What
it knows of the platforms comes from their public references alone: docs/emulator.md.
"""
