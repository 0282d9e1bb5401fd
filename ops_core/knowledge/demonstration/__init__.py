"""What the demonstration's knowledge base holds, made through the product's own commands."""
