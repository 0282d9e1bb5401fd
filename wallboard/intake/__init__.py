"""Taking requests in: the agent's page, and the API by which other channels hand theirs over."""
