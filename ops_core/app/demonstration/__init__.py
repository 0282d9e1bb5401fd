"""The demonstration's runner: lets the simulated people act through the services."""
