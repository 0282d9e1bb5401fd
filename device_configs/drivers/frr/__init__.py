"""FRR on Linux, over SSH: ``vtysh``, ``frr-reload.py`` and a revert timer on the router."""
