"""Requesters and their numbers, sealed at rest and masked on every screen."""
