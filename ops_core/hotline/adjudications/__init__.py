"""What the purchaser's side decides of single records: appeals, returns, complaints, events."""
