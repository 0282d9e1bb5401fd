"""A whole demonstration year, loaded at once through the product's own commands."""
