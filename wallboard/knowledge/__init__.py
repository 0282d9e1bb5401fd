"""The knowledge base on the console and for programs: search, articles, notices, enquiries."""
