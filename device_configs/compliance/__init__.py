"""Whether devices run what is declared for them."""
