"""Files attached to records: their list, the form that takes more, and the same for programs."""
