"""Collectors: SNMP polls, traps, ICMP liveness and service probes, planned from the declaration.

They run on one asyncio loop and hand samples and observations to callables; they decide nothing.
"""
