"""The assessed indicators: the page of all, the page of each with its records, the API."""
