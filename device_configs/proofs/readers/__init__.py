"""One reader a platform: its finished text as facts and as a packet filter."""

from device_configs.proofs.readers.platforms import (
    filter_alike,
    read_facts,
    read_filter,
    read_filter_of_ipv6,
    read_hardened_lines,
    read_policy,
    read_protection,
)

__all__ = [
    "filter_alike",
    "read_facts",
    "read_filter",
    "read_filter_of_ipv6",
    "read_hardened_lines",
    "read_policy",
    "read_protection",
]
