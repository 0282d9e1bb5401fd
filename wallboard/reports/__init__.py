"""The reports that are owed: their calendar, the page of each, its steps and its files."""
