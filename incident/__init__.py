"""Incidents: one for each root cause, with its class, its clocks and what people did."""
