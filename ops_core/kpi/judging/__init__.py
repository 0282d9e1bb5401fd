"""The judging rules, one module an indicator (pure): a record in, a judgement out."""
