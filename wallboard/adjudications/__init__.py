"""Matters that the purchaser's side decides: their pages and the API."""
