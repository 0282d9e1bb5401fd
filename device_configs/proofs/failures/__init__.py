"""What the site withstands: single failures, pairs of failures, and what still fits."""
