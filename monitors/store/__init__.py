"""The metric store: one protocol, an embedded SQLite file or InfluxDB behind it, and a spool."""
