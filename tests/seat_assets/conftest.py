from tests.incident.conftest import bus, clock, database, site

__all__ = ["bus", "clock", "database", "site"]
