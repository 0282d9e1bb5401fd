"""Proofs about the declared site: what holds, what does not, and what nobody can tell."""
