"""How the product itself fares: for load balancers, for Prometheus, for programs and for people."""
