"""The assessment of a month: exemptions, periods from open to sealed, and restatements.

The operator's side asks, the purchaser's decides; what was sealed never changes.
"""
