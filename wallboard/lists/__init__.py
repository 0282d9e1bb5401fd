"""Every list of the pages as a table: searched, sorted, and taken away whole."""
