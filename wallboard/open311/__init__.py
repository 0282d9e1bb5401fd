"""Open311 GeoReport v2: requests in and out for systems that speak the public standard."""
