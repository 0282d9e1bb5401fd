"""Chinese full-text search over the versions in force, alike on SQLite and PostgreSQL."""
