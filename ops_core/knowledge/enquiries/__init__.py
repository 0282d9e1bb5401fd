"""Corrections (纠错) and questions (提问) about articles, until whoever raised them is content."""
