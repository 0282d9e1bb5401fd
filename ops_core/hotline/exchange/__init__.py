"""What other systems are shown of the requests that they handed over."""
