"""What the compliance rules say of each device: the page and its JSON."""
