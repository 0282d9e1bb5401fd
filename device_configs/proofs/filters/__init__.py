"""What packet filters decide, declared and rendered, compared packet by packet."""
